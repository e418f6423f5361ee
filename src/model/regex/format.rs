//! Replacement formats: `[$1] costs $$$2`.

use super::engine::Slots;
use super::{NotReplaced, append};
use std::ops::Range;

/// A compiled replacement format: `$1`, `$&`, `$$` and so on (specification A2.6). Every text is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<[u8]>),
    /// `$1` to `$99`; the whole match is group 0.
    Group(usize),
    /// `` $` ``: what lies between the match before and this one.
    Before,
    /// `$'`: all that follows the match.
    After,
}

impl Format {
    /// Compiles a format. A `$` that begins nothing known stands for itself.
    pub fn new(source: &str) -> Format {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut rest = source.as_bytes();
        while let Some((&byte, behind)) = rest.split_first() {
            let reference = if byte == b'$' { reference(behind) } else { None };
            match reference {
                Some((piece, length)) => {
                    push_text(&mut pieces, &mut text);
                    pieces.push(piece);
                    rest = behind.get(length..).unwrap_or_default();
                }
                None => {
                    text.push(byte);
                    let is_doubled = byte == b'$' && behind.first() == Some(&b'$');
                    rest = behind.get(usize::from(is_doubled)..).unwrap_or_default();
                }
            }
        }
        push_text(&mut pieces, &mut text);
        Format { pieces: pieces.into() }
    }

    /// The highest group it names; 0 when the bounds of the match are all it needs.
    pub(super) fn last_group(&self) -> usize {
        let groups = self.pieces.iter().map(|piece| match piece {
            Piece::Group(number) => *number,
            _ => 0,
        });
        groups.max().unwrap_or(0)
    }

    /// Appends the replacement of a match. `unmatched` is where the match before it ended, `end_max` the length that
    /// `out` may have at most.
    pub(super) fn expand(
        &self,
        text: &[u8],
        unmatched: usize,
        slots: &Slots,
        end_max: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), NotReplaced> {
        let whole = group(slots, 0).unwrap_or_default();
        for piece in &self.pieces {
            let range = match piece {
                Piece::Text(bytes) => {
                    append(bytes, 0..bytes.len(), end_max, out)?;
                    continue;
                }
                // A group that is missing or took no part is empty.
                Piece::Group(number) => group(slots, *number).unwrap_or_default(),
                Piece::Before => unmatched..whole.start,
                Piece::After => whole.end..text.len(),
            };
            append(text, range, end_max, out)?;
        }
        Ok(())
    }
}

/// The bounds of a group that took part.
pub(super) fn group(slots: &Slots, number: usize) -> Option<Range<usize>> {
    let start = slots.get(2 * number).copied().flatten()?;
    let end = slots.get(2 * number + 1).copied().flatten()?;
    Some(start.get()..end.get())
}

/// What follows a `$`, and its length. Two digits are taken whenever two follow.
fn reference(behind: &[u8]) -> Option<(Piece, usize)> {
    let digit = |n: usize| {
        let byte = behind.get(n).filter(|byte| byte.is_ascii_digit())?;
        Some(usize::from(byte - b'0'))
    };
    match (behind.first()?, digit(0), digit(1)) {
        (b'&', ..) => Some((Piece::Group(0), 1)),
        (b'`', ..) => Some((Piece::Before, 1)),
        (b'\'', ..) => Some((Piece::After, 1)),
        (_, Some(tens), Some(ones)) => Some((Piece::Group(10 * tens + ones), 2)),
        (_, Some(ones), None) => Some((Piece::Group(ones), 1)),
        _ => None,
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text).into()));
    }
}
