"""What was measured while it ran, and whether it may be so."""

import statistics

WINDOW_S = 60
GROWTH_MAX = 0.05
# In a short run the allocator has not settled yet.
GROWTH_MAX_SHORT = 0.15
THREADS_MORE_MAX = 2
MIB = 2**20


class Sample:
    """One second of the server."""

    def __init__(self, at_s, server):
        self.at_s, self.rss = at_s, server.rss_bytes()
        self.descriptors, self.threads = server.descriptors(), server.threads()


def windows(duration_s):
    """From when to when memory is compared: the third minute and the last, or the third and last quarter."""
    if duration_s >= 4 * WINDOW_S:
        return (2 * WINDOW_S, 3 * WINDOW_S), (duration_s - WINDOW_S, duration_s)
    return (duration_s / 2, duration_s * 3 / 4), (duration_s * 3 / 4, duration_s)


def within(samples, window):
    return [sample for sample in samples if window[0] <= sample.at_s < window[1]]


def memory(samples, duration_s, failures):
    """Medians of both windows."""
    early, late = (within(samples, window) for window in windows(duration_s))
    if not early or not late:
        failures.append("too few samples of the memory were taken")
        return {}
    before, after = (statistics.median(sample.rss for sample in window) for window in (early, late))
    growth, allowed = after / before - 1, GROWTH_MAX if duration_s >= 4 * WINDOW_S else GROWTH_MAX_SHORT
    if growth > allowed:
        failures.append(f"memory grew by {growth:.1%}, {allowed:.0%} allowed: from {before / MIB:.1f} MiB "
                        f"to {after / MIB:.1f} MiB")
    if (grown := max(s.threads for s in late) - max(s.threads for s in early)) > THREADS_MORE_MAX:
        failures.append(f"{grown} more threads at the end")
    spans = [[round(at) for at in window] for window in windows(duration_s)]
    return {"early_window_s": spans[0], "early_mib": round(before / MIB, 2), "late_window_s": spans[1],
            "late_mib": round(after / MIB, 2), "growth_percent": round(growth * 100, 2),
            "start_mib": round(samples[0].rss / MIB, 2), "most_mib": round(max(s.rss for s in samples) / MIB, 2)}


def table(report):
    """The report for people."""
    lines = []
    for name, value in report.items():
        if name == "wrong_first":
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{key.replace('_', ' ')} {amount}" for key, amount in value.items())
        elif isinstance(value, list):
            value = "; ".join(str(entry) for entry in value) or "none"
        lines.append(f"{name.replace('_', ' '):18} {value}")
    for wrong in report["wrong_first"]:
        lines += ["", f"{wrong['actor']}: {wrong['what']}", f"  request   {wrong['request']}",
                  f"  expected  {wrong['expected']}", f"  got       {wrong['got']}"]
    return "\n".join(lines)
