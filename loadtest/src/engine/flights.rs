//! The requests in flight on one connection, by stream, and when they have taken too long.

use std::collections::{HashMap, VecDeque};
use understudy_wire::StreamId;

/// A request that waits for its answer. Times count in nanoseconds from the start of the test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flight {
    /// When it was due (open loop) or sent (closed loop).
    pub(super) due_ns: u64,
    /// Bytes of content that have arrived.
    pub(super) body_bytes: usize,
    /// Which tally it belongs to.
    pub(super) kind: u32,
    /// Which running script or which request of the list it is.
    pub(super) origin: u32,
    /// The status of the head, once it is there.
    pub(super) status: u16,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// 0: free.
    stream: u32,
    flight: Flight,
}

/// Streams go up one by one and most answers come in order, so a ring addressed by the stream number finds nearly all; the
/// few that are still there when the ring comes round move to a map.
#[derive(Debug)]
pub(super) struct Flights {
    ring: Vec<Slot>,
    stragglers: HashMap<u32, Flight>,
    count: usize,
    /// When each was sent too long ago, in the order of sending; those that have been answered are still in it.
    expiries: VecDeque<(u64, u32)>,
    /// HTTP/2 clients use odd numbers only (RFC 9113 section 5.1.1).
    step_shift: u32,
}

impl Flights {
    pub(super) fn new(is_http2: bool) -> Flights {
        Flights {
            ring: vec![Slot::default(); 16],
            stragglers: HashMap::new(),
            count: 0,
            expiries: VecDeque::new(),
            step_shift: u32::from(is_http2),
        }
    }

    #[inline]
    fn at(&self, stream: u32) -> usize {
        (stream >> self.step_shift) as usize & (self.ring.len() - 1)
    }

    /// How many there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds one that is to be answered by then.
    #[inline]
    pub(super) fn insert(&mut self, stream: StreamId, flight: Flight, expires_ns: u64) {
        if self.count * 2 >= self.ring.len() {
            self.grow();
        }
        self.count += 1;
        let at = self.at(stream.0);
        let before = std::mem::replace(&mut self.ring[at], Slot { stream: stream.0, flight });
        if before.stream != 0 {
            self.stragglers.insert(before.stream, before.flight);
        }
        self.expiries.push_back((expires_ns, stream.0));
    }

    /// The one on that stream.
    #[inline]
    pub(super) fn get_mut(&mut self, stream: StreamId) -> Option<&mut Flight> {
        let at = self.at(stream.0);
        let slot = &mut self.ring[at];
        match slot.stream == stream.0 && stream.0 != 0 {
            true => Some(&mut slot.flight),
            false => self.stragglers.get_mut(&stream.0),
        }
    }

    /// Takes the one on that stream out.
    #[inline]
    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Flight> {
        let at = self.at(stream.0);
        let slot = &mut self.ring[at];
        let flight = match slot.stream == stream.0 && stream.0 != 0 {
            true => {
                slot.stream = 0;
                Some(slot.flight)
            }
            false => self.stragglers.remove(&stream.0),
        };
        self.count -= usize::from(flight.is_some());
        flight
    }

    /// Takes all out whose stream is above that one: the server will not answer them (RFC 9113 section 6.8).
    pub(super) fn drain_above(&mut self, last_stream: u32) -> Vec<Flight> {
        let in_ring = self.ring.iter().map(|slot| slot.stream);
        let streams: Vec<u32> = in_ring
            .chain(self.stragglers.keys().copied())
            .filter(|&stream| stream != 0 && stream > last_stream)
            .collect();
        streams.into_iter().filter_map(|stream| self.remove(StreamId(stream))).collect()
    }

    /// When the oldest request will have taken too long.
    #[inline]
    pub(super) fn next_expiry_ns(&mut self) -> Option<u64> {
        while let Some(&(expires_ns, stream)) = self.expiries.front() {
            if self.get_mut(StreamId(stream)).is_some() {
                return Some(expires_ns);
            }
            self.expiries.pop_front();
        }
        None
    }

    /// Takes one out that has taken too long by now.
    pub(super) fn expire(&mut self, now_ns: u64) -> Option<(StreamId, Flight)> {
        if self.next_expiry_ns()? > now_ns {
            return None;
        }
        let (_, stream) = self.expiries.pop_front()?;
        let stream = StreamId(stream);
        self.remove(stream).map(|flight| (stream, flight))
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![Slot::default(); self.ring.len() * 2];
        let slots = std::mem::replace(&mut self.ring, larger);
        for slot in slots.into_iter().filter(|slot| slot.stream != 0) {
            let at = self.at(slot.stream);
            let before = std::mem::replace(&mut self.ring[at], slot);
            if before.stream != 0 {
                self.stragglers.insert(before.stream, before.flight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flight(due_ns: u64) -> Flight {
        Flight { due_ns, ..Flight::default() }
    }

    #[test]
    fn an_old_one_is_found_after_the_ring_came_round() {
        let mut flights = Flights::new(true);
        flights.insert(StreamId(1), flight(7), 100);
        for stream in (3..1001).step_by(2) {
            flights.insert(StreamId(stream), flight(8), 200);
            assert!(flights.remove(StreamId(stream)).is_some());
        }
        assert_eq!(flights.len(), 1);
        assert_eq!(flights.next_expiry_ns(), Some(100));
        assert_eq!(flights.remove(StreamId(1)), Some(flight(7)));
        assert_eq!(flights.remove(StreamId(1)), None);
        assert_eq!(flights.next_expiry_ns(), None);
        assert!(flights.expiries.is_empty(), "what was answered is forgotten");
    }

    #[test]
    fn those_above_a_goaway_are_given_up() {
        let mut flights = Flights::new(true);
        (1..200).step_by(2).for_each(|s| flights.insert(StreamId(s), flight(u64::from(s)), 0));
        let mut dues: Vec<u64> = flights.drain_above(191).iter().map(|f| f.due_ns).collect();
        dues.sort_unstable();
        assert_eq!(dues, [193, 195, 197, 199]);
        assert_eq!(flights.len(), 96);
    }

    proptest! {
        /// The same as an ordered map, whatever is answered when.
        #[test]
        fn behaves_like_a_map(is_http2: bool, steps in prop::collection::vec((any::<bool>(), 0usize..50), 1..400)) {
            let mut flights = Flights::new(is_http2);
            let mut model = std::collections::BTreeMap::new();
            let (mut stream, step) = (1, if is_http2 { 2 } else { 1 });
            for (time, (is_insert, pick)) in steps.into_iter().enumerate() {
                let time = time as u64;
                if is_insert || model.is_empty() {
                    flights.insert(StreamId(stream), flight(time), time + 30);
                    model.insert(stream, time);
                    stream += step;
                } else {
                    let &key = model.keys().nth(pick % model.len()).unwrap();
                    let due_ns = model.remove(&key).unwrap();
                    prop_assert_eq!(flights.remove(StreamId(key)), Some(flight(due_ns)));
                }
                while let Some((stream, expired)) = flights.expire(time) {
                    prop_assert_eq!(model.remove(&stream.0), Some(expired.due_ns));
                }
                prop_assert!(model.values().all(|due| due + 30 > time));
                prop_assert_eq!(flights.len(), model.len());
                let oldest = model.values().min().map(|due| due + 30);
                prop_assert_eq!(flights.next_expiry_ns(), oldest);
            }
        }
    }
}
