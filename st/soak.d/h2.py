"""A small HTTP/2 client of our own: many requests at once on one connection, each answer seen as it was sent.

It announces a header table of size 0 (RFC 7541 section 4.2), so that answers name their status by the static table or
spell it out, and nothing else has to be decoded.
"""

import select
import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM = ACK = 1
END_HEADERS, PADDED, PRIORITY = 4, 8, 32
SETTINGS_HEADER_TABLE_SIZE, SETTINGS_INITIAL_WINDOW_SIZE = 1, 4
WINDOW_BYTES = 1 << 20
# RFC 7541 appendix A.
METHODS = {"GET": b"\x82", "POST": b"\x83"}
STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


class Lost(Exception):
    """The connection ended, or said something that it must not say."""


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(**values):
    numbers = {"header_table": SETTINGS_HEADER_TABLE_SIZE, "window": SETTINGS_INITIAL_WINDOW_SIZE}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def integer(value, bits, first=0):
    """RFC 7541 section 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytearray([first | most]), value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def text(value):
    data = value.encode()
    return integer(len(data), 7) + data


def request_block(method, path, fields=()):
    """The header fields of a request, none of them indexed (RFC 7541 section 6.2.2)."""
    block = METHODS.get(method) or integer(2, 4) + text(method)
    block += b"\x86" + integer(4, 4) + text(path) + integer(1, 4) + text("localhost")
    for name, value in fields:
        block += b"\x00" + text(name) + text(value)
    return block


def digits_of_huffman(data):
    """The digits of a Huffman string (RFC 7541 appendix B): 0 to 2 have five bits, 3 to 9 six."""
    bits = "".join(f"{byte:08b}" for byte in data)
    out, at = "", 0
    while len(bits) - at >= 5 and set(bits[at:]) != {"1"}:
        five, six = int(bits[at:at + 5], 2), int(bits[at:at + 6], 2)
        if five <= 2:
            out, at = out + str(five), at + 5
        elif 0x19 <= six <= 0x1f:
            out, at = out + str(six - 0x19 + 3), at + 6
        else:
            raise Lost(f"a status that is no number: {data.hex()}")
    return out


class Block:
    """Reads the status out of the header block of an answer."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def integer(self, bits):
        value = self.data[self.at] & ((1 << bits) - 1)
        self.at += 1
        if value == (1 << bits) - 1:
            shift = 0
            while True:
                byte = self.data[self.at]
                self.at += 1
                value += (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        return value

    def string(self):
        is_huffman = self.data[self.at] >= 128
        length = self.integer(7)
        value = self.data[self.at:self.at + length]
        self.at += length
        return value, is_huffman

    def status(self):
        status = None
        while self.at < len(self.data):
            first = self.data[self.at]
            if first >= 128:
                index = self.integer(7)
                if index > 61:
                    raise Lost(f"the answer refers to entry {index} of a table that has no room")
                status = STATUSES.get(index, status)
            elif 32 <= first < 64:
                self.integer(5)
            else:
                index = self.integer(6 if first >= 64 else 4)
                if index == 0:
                    self.string()
                value, is_huffman = self.string()
                if index in STATUSES:
                    status = int(digits_of_huffman(value) if is_huffman else value)
        return status


class Answer:
    """What came back on one stream. `reset` is the error code if the server reset it."""

    def __init__(self, stream):
        self.stream, self.status, self.body, self.reset = stream, None, bytearray(), None


class Connection:
    """One connection; raises Lost when it ends."""

    def __init__(self, port, window_bytes=WINDOW_BYTES):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.out = bytearray(PREFACE + settings(header_table=0, window=window_bytes))
        if window_bytes:
            self.out += frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW_BYTES * 16))
        self.received = bytearray()
        self.unacknowledged = 0
        self.stream_next = 1
        self.open = {}
        self.block = None
        self.goaway = None

    def request(self, method, path, body=b"", fields=()):
        """Puts a request into the output; `flush` sends it. The number of its stream."""
        stream, self.stream_next = self.stream_next, self.stream_next + 2
        flags = END_HEADERS | (0 if body else END_STREAM)
        self.out += frame(HEADERS, flags, stream, request_block(method, path, fields))
        if body:
            self.out += frame(DATA, END_STREAM, stream, body)
        self.open[stream] = Answer(stream)
        return stream

    def cancel(self, stream):
        """Puts a reset with CANCEL into the output; the stream is forgotten."""
        self.out += frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
        self.open.pop(stream, None)

    def flush(self):
        if self.out:
            data, self.out = bytes(self.out), bytearray()
            try:
                self.socket.sendall(data)
            except OSError as error:
                raise Lost(f"while sending: {error}") from error

    def receive(self, seconds):
        """The answers that are complete, after at most that time."""
        if not select.select([self.socket], [], [], seconds)[0]:
            return []
        try:
            data = self.socket.recv(1 << 18)
        except OSError as error:
            raise Lost(f"while receiving: {error}") from error
        if not data:
            raise Lost(f"closed by the server, {self.goaway or 'without GOAWAY'}")
        self.received += data
        done = []
        while len(self.received) >= 9:
            length = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + length:
                break
            kind, flags, stream = struct.unpack(">BBI", self.received[3:9])
            payload = bytes(self.received[9:9 + length])
            del self.received[:9 + length]
            self.take(kind, flags, stream, payload, done)
        self.flush()
        return done

    def take(self, kind, flags, stream, payload, done):
        if kind == DATA:
            self.take_data(flags, stream, payload, done)
        elif kind in (HEADERS, CONTINUATION):
            self.take_head(kind, flags, stream, payload, done)
        elif kind == RST_STREAM:
            answer = self.open.pop(stream, None)
            if answer:
                answer.reset = struct.unpack(">I", payload)[0]
                done.append(answer)
        elif kind == SETTINGS and not flags & ACK:
            self.out += frame(SETTINGS, ACK, 0)
        elif kind == PING and not flags & ACK:
            self.out += frame(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            last, code = struct.unpack(">II", payload[:8])
            self.goaway = f"GOAWAY with code {code} after stream {last}: {payload[8:].decode(errors='replace')}"
            if code:
                raise Lost(self.goaway)

    def take_head(self, kind, flags, stream, payload, done):
        if kind == HEADERS:
            pad = payload[0] if flags & PADDED else 0
            start = (1 if flags & PADDED else 0) + (5 if flags & PRIORITY else 0)
            self.block = [payload[start:len(payload) - pad], flags & END_STREAM]
        else:
            self.block[0] += payload
        if flags & END_HEADERS:
            block, ends = self.block
            answer = self.open.get(stream)
            if answer:
                answer.status = Block(block).status()
                if ends:
                    done.append(self.open.pop(stream))

    def take_data(self, flags, stream, payload, done):
        self.unacknowledged += len(payload)
        if self.unacknowledged > WINDOW_BYTES:
            self.out += frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", self.unacknowledged))
            self.unacknowledged = 0
        answer = self.open.get(stream)
        if answer:
            answer.body += payload
            if flags & END_STREAM:
                done.append(self.open.pop(stream))

    def close(self):
        self.socket.close()
