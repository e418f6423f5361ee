//! Variables: text by name, living for one request. Names that a program spells out have a number.

use super::STORED_BYTES_MAX;
use super::fault::Fault;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// A value that took more than this gives its memory back before the next request.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// The names that a program spells out, while it is being compiled.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, usize, foldhash::fast::FixedState>,
    names: Vec<Box<str>>,
}

impl Names {
    /// The number of `name`; the same one each time.
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    pub(super) fn finish(self) -> NameTable {
        let names = self.names;
        let mut sorted: Vec<usize> = (0..names.len()).collect();
        sorted.sort_unstable_by(|&a, &b| names[a].cmp(&names[b]));
        let odd = names.iter().any(|name| is_odd(name));
        NameTable { names, sorted, odd }
    }
}

/// The names of a compiled program.
#[derive(Debug)]
pub(super) struct NameTable {
    names: Vec<Box<str>>,
    /// Numbers in the order of their names' bytes.
    sorted: Vec<usize>,
    odd: bool,
}

impl NameTable {
    fn find(&self, name: &str) -> Option<usize> {
        let at = self.sorted.binary_search_by(|&number| (*self.names[number]).cmp(name)).ok()?;
        self.sorted.get(at).copied()
    }
}

/// Can `@{name}` be mistaken for something else when a text is cut at `@{` and the next `}`?
fn is_odd(name: &str) -> bool {
    name.contains('}') || name.contains("@{")
}

/// Reusable memory of [`Variables`].
#[derive(Debug, Default)]
pub(super) struct Memory {
    values: Vec<String>,
    defined: Vec<bool>,
    /// Variables whose names were computed and are not spelled out anywhere.
    others: BTreeMap<String, String>,
}

/// The variables of one request.
#[derive(Debug)]
pub(super) struct Variables<'m> {
    table: &'m NameTable,
    memory: &'m mut Memory,
    odd: bool,
    bytes_left: usize,
}

impl<'m> Variables<'m> {
    /// No variable is defined at first.
    pub(super) fn new(table: &'m NameTable, memory: &'m mut Memory) -> Variables<'m> {
        let names = table.names.len();
        memory.defined.clear();
        memory.defined.resize(names, false);
        memory.others.clear();
        if memory.values.len() < names {
            memory.values.resize_with(names, String::new);
        }
        for value in &mut memory.values[..names] {
            value.clear();
            value.shrink_to(KEPT_BYTES_MAX);
        }
        Variables { table, memory, odd: table.odd, bytes_left: STORED_BYTES_MAX }
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        match self.memory.defined.get(number) {
            Some(true) => self.memory.values.get(number).map(String::as_str),
            _ => None,
        }
    }

    pub(super) fn get_named(&self, name: &str) -> Option<&str> {
        match self.table.find(name) {
            Some(number) => self.get(number),
            None => self.memory.others.get(name).map(String::as_str),
        }
    }

    /// Takes so many bytes of [`STORED_BYTES_MAX`], before they are stored.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(Fault::TooLong)?;
        Ok(())
    }

    /// Defines a variable; the text returned is empty and to be filled.
    pub(super) fn define(&mut self, number: usize) -> &mut String {
        if let Some(defined) = self.memory.defined.get_mut(number) {
            *defined = true;
        }
        let value = &mut self.memory.values[number];
        value.clear();
        value
    }

    /// Defines a variable by its name; the text returned is empty and to be filled.
    pub(super) fn define_named(&mut self, name: &str) -> &mut String {
        match self.table.find(name) {
            Some(number) => self.define(number),
            None => {
                self.odd |= is_odd(name);
                let value = self.memory.others.entry(name.to_owned()).or_default();
                value.clear();
                value
            }
        }
    }

    /// Is there a name that makes cutting a text at `@{` and the next `}` wrong?
    pub(super) fn has_odd_names(&self) -> bool {
        self.odd
    }

    /// All defined variables in the order of their names' bytes.
    pub(super) fn in_name_order(&self) -> Vec<(&str, &str)> {
        let known = self.table.sorted.iter().filter_map(|&number| {
            let value = self.get(number)?;
            Some((&*self.table.names[number], value))
        });
        let others = self.memory.others.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut all: Vec<(&str, &str)> = known.chain(others).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> NameTable {
        let mut all = Names::default();
        for (i, name) in names.iter().enumerate() {
            assert_eq!(all.number(name), i);
        }
        all.finish()
    }

    #[test]
    fn numbers_names_and_order() {
        let table = table(&["b", "a", "B"]);
        let mut memory = Memory::default();
        let mut variables = Variables::new(&table, &mut memory);
        assert_eq!(variables.get(0), None);
        variables.define(0).push('1');
        variables.define_named("B").push('2');
        variables.define_named("aa").push('3');
        assert_eq!(variables.get_named("b"), Some("1"));
        assert_eq!(variables.get(2), Some("2"));
        assert_eq!(variables.get_named("aa"), Some("3"));
        assert_eq!(variables.get_named("a"), None, "spelled out but not defined");
        assert_eq!(variables.in_name_order(), [("B", "2"), ("aa", "3"), ("b", "1")]);
        variables.define(0).push('4');
        assert_eq!(variables.get(0), Some("4"), "the old text is gone");
        assert!(!variables.has_odd_names());
        variables.define_named("x}").push('x');
        assert!(variables.has_odd_names());
    }

    #[test]
    fn nothing_survives_the_request() {
        let table = table(&["a"]);
        let mut memory = Memory::default();
        let mut variables = Variables::new(&table, &mut memory);
        variables.define(0).push_str(&"x".repeat(KEPT_BYTES_MAX * 2));
        variables.define_named("other").push('x');
        let variables = Variables::new(&table, &mut memory);
        assert_eq!((variables.get(0), variables.get_named("other")), (None, None));
        assert!(memory.values[0].capacity() <= KEPT_BYTES_MAX);
    }
}
