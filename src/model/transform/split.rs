//! The filter `Split`: the end of a text, cut into groups of equal size.

use serde_json::Value as Json;

/// Most characters that the groups of one text may have together: an address or a number has far fewer.
const CHARACTERS_MAX: u64 = 4096;

/// A compiled `Split`; sizes are in characters.
#[derive(Debug)]
pub(super) struct Split {
    size: usize,
    count: usize,
    separator: String,
    filler: String,
    numeric: bool,
}

impl Split {
    pub(super) fn parse(argument: &Json) -> Result<Split, String> {
        let text =
            |member: &str, default: &str| argument[member].as_str().unwrap_or(default).to_owned();
        let number = |member: &str, default: u64| match argument.get(member) {
            None => Ok(default),
            Some(number) => match number.as_u64() {
                Some(number) if (1..=CHARACTERS_MAX).contains(&number) => Ok(number),
                _ => Err(format!("{member} is not between 1 and {CHARACTERS_MAX}")),
            },
        };
        let (size, count) = (number("size", 2)?, number("count", 4)?);
        if size * count > CHARACTERS_MAX {
            return Err(format!("size times count is above {CHARACTERS_MAX}"));
        }
        Ok(Split {
            size: size as usize,
            count: count as usize,
            separator: text("sep", "."),
            filler: text("filler", "0"),
            numeric: argument["numeric"].as_bool().unwrap_or(false),
        })
    }

    /// Appends the last `size * count` characters of `text`, filled up on the left, in groups.
    pub(super) fn append(&self, text: &str, out: &mut String) {
        let wanted = self.size * self.count;
        let given = text.chars().count();
        let missing = wanted.saturating_sub(given);
        let filler = self.filler.chars().cycle().take(missing);
        let characters = filler.chain(text.chars().skip(given.saturating_sub(wanted)));
        let mut group = String::new();
        let mut length = 0;
        let mut groups = 0;
        for character in characters {
            if length == self.size {
                self.append_group(&group, groups, out);
                groups += 1;
                group.clear();
                length = 0;
            }
            group.push(character);
            length += 1;
        }
        if length > 0 {
            self.append_group(&group, groups, out);
        }
    }

    fn append_group(&self, group: &str, before: usize, out: &mut String) {
        if before > 0 {
            out.push_str(&self.separator);
        }
        let is_number = self.numeric && group.bytes().all(|byte| byte.is_ascii_digit());
        match group.trim_start_matches('0') {
            "" if is_number => out.push('0'),
            digits if is_number => out.push_str(digits),
            _ => out.push_str(group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn groups() {
        for (argument, text, expected) in [
            (json!({"numeric": true}), "555112233", "55.11.22.33"),
            (json!({"numeric": true}), "42", "0.0.0.42"),
            (json!({}), "42", "00.00.00.42"),
            (json!({}), "", "00.00.00.00"),
            (json!({"filler": ""}), "12345", "12.34.5"),
            (json!({"filler": ""}), "", ""),
            (json!({"filler": "ab", "count": 3}), "x", "ab.ab.ax"),
            (json!({"size": 1, "count": 3, "sep": ""}), "abcd", "bcd"),
            (json!({"size": 3, "count": 1}), "é漢x", "é漢x"),
            (json!({"numeric": true}), "0a0000b1", "0a.0.0.b1"),
            (json!({"numeric": true, "size": 4096, "count": 1, "filler": "0"}), "7", "7"),
        ] {
            let mut out = String::new();
            Split::parse(&argument).unwrap().append(text, &mut out);
            assert_eq!(out, expected, "{argument} {text}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        for argument in
            [json!({"size": 0}), json!({"count": 4097}), json!({"size": 64, "count": 65})]
        {
            assert!(Split::parse(&argument).is_err(), "{argument}");
        }
    }
}
