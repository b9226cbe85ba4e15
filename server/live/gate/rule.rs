//! Why an update is refused: one numbered rule each, with a stable key that clients, logs and
//! counters use. Numbers and keys are never reused.

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $number:literal $key:literal;)*) => {
        /// A rule of the gate that an update broke.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Rule { $($(#[$doc])* $name = $number,)* }

        impl Rule {
            /// Every rule, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable key, in `snake_case`.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }
        }
    };
}

rules! {
    /// The message is over the limit in bytes.
    UpdateTooLarge = 1 "update_too_large";
    /// The bytes end inside a value.
    Truncated = 2 "truncated";
    /// Bytes follow the end of the update.
    TrailingBytes = 3 "trailing_bytes";
    /// A number is written with more bytes than it needs.
    NumberNotCanonical = 4 "number_not_canonical";
    /// A client id is 2^53 or more, or a clock, a length or their sum 2^31 or more.
    NumberTooLarge = 5 "number_too_large";
    /// A declared count is more than the remaining bytes can hold.
    CountBeyondBytes = 6 "count_beyond_bytes";
    /// A string is not UTF-8.
    TextNotUtf8 = 7 "text_not_utf8";
    /// A client's section holds no struct.
    SectionEmpty = 10 "section_empty";
    /// Sections are not in descending order of client ids, or a client comes twice.
    SectionOrder = 11 "section_order";
    /// A struct is of a kind that documents here do not hold (JSON, binary, sub-document, skip...).
    ContentKind = 12 "content_kind";
    /// A struct has the length zero.
    ContentEmpty = 13 "content_empty";
    /// The flag that says how a parent is named is neither 0 nor 1.
    ParentFlag = 14 "parent_flag";
    /// A shared type is neither an XML element nor an XML text.
    TypeKind = 15 "type_kind";
    /// More client ids than a document may have.
    ClientCount = 16 "client_count";
    /// More pieces of content than a document may have.
    StructCount = 17 "struct_count";
    /// More structs than a document may have that were put between neighbours which no longer stand
    /// side by side, weighed by what stands in their element.
    CrossingCount = 18 "crossing_count";
    /// A value starts with an unknown tag.
    ValueTag = 20 "value_tag";
    /// A value is nested more than 16 deep.
    ValueDepth = 21 "value_depth";
    /// A struct carries more than 10 000 values.
    ValueCount = 22 "value_count";
    /// A value's key would change what a JavaScript object inherits from (`__proto__`).
    ValueKey = 23 "value_key";
    /// JSON text that cannot be read.
    JsonMalformed = 30 "json_malformed";
    /// JSON text nested more than 16 deep.
    JsonDepth = 31 "json_depth";
    /// JSON text with too many values, or an object with too many keys.
    JsonCount = 32 "json_count";
    /// A JSON object has the same key twice.
    JsonKeyTwice = 33 "json_key_twice";
    /// A JSON string escapes half a surrogate pair.
    JsonSurrogate = 34 "json_surrogate";
    /// A JSON number beyond 2^53, with either sign: readers do not take it alike.
    JsonNumber = 35 "json_number";
    /// A client comes twice in the deletes.
    DeletesClientTwice = 40 "deletes_client_twice";
    /// A client's list of deletes is empty, or a deleted range is.
    DeletesEmpty = 41 "deletes_empty";
    /// Deleted ranges are not sorted, or overlap.
    DeletesOrder = 42 "deletes_order";
    /// A client comes twice in a state vector.
    VectorClientTwice = 43 "vector_client_twice";
    /// A root that is not one of the document's sections.
    RootName = 50 "root_name";
    /// The parent named is not a type.
    ParentNotType = 51 "parent_not_type";
    /// Left, right and parent are not in one type, or not under one attribute.
    NeighboursApart = 52 "neighbours_apart";
    /// One neighbour is gone from the history while the other still stands in the text.
    NeighbourGone = 53 "neighbour_gone";
    /// A struct continues one we hold, but is of another kind.
    ContinuesOther = 54 "continues_other";
    /// A struct we hold already, sent again with a neighbour or parent that we do not hold.
    HeldNamesUnknown = 55 "held_names_unknown";
    /// A struct we hold already, sent again so that it would cut a character in two.
    HeldCutsCharacter = 56 "held_cuts_character";
    /// The right neighbour stands in the same passage as the left one, at it or before it.
    NeighboursOrder = 57 "neighbours_order";
    /// No left neighbour, but a right one in the middle of a passage.
    NeighbourMissing = 58 "neighbour_missing";
    /// Text outside an XML text.
    TextPlace = 60 "text_place";
    /// A format mark outside an XML text.
    FormatPlace = 61 "format_place";
    /// An embedded object: no node of the schema is one.
    EmbedPlace = 62 "embed_place";
    /// A bare value that is not an attribute.
    ValuePlace = 63 "value_place";
    /// An element or a text where the schema does not allow it.
    ElementPlace = 64 "element_place";
    /// An element with a name the schema does not know.
    ElementName = 65 "element_name";
    /// Elements nested more than 32 deep.
    TreeDepth = 66 "tree_depth";
    /// A key on a root or on an XML text.
    KeyPlace = 67 "key_place";
    /// An attribute that is not a value.
    AttributeContent = 68 "attribute_content";
    /// An attribute the schema does not know for this element.
    AttributeName = 69 "attribute_name";
    /// A mark the schema does not know.
    MarkName = 70 "mark_name";
    /// An attribute whose value the schema does not allow.
    AttributeValue = 71 "attribute_value";
    /// A mark that carries what the schema does not know.
    MarkValue = 72 "mark_value";
    /// A link to an address that is neither http, https nor mailto.
    LinkAddress = 73 "link_address";
    /// An attribute's value that names a right neighbour: values only ever follow each other.
    AttributeOrder = 74 "attribute_order";
    /// An attribute set to several values at once which are not all deleted: one of them would
    /// stand while it is replaced already.
    AttributeLength = 75 "attribute_length";
}

impl Rule {
    /// The number of the rule.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }
}

/// Refuses by a rule. Everything after the call is written as if the rule did not exist, so that
/// the tests can take one rule away at a time and see that nothing else refuses its inputs.
///
/// # Errors
/// Always the rule, but in those tests.
#[inline]
pub(super) fn refuse(rule: Rule) -> Result<(), Rule> {
    #[cfg(test)]
    if super::tests::without::is_off(rule) {
        return Ok(());
    }
    Err(rule)
}

/// Why an update is a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// A section starts above our clock.
    Start,
    /// A struct names what is neither held nor in the update.
    Absent,
    /// Structs wait for each other, or one for itself.
    Circle,
    /// A delete of what is neither held nor in the update.
    Delete,
}

/// Whether this gap ends the reading: always, but in the tests that take it away.
#[inline]
pub(super) fn missing(gap: Gap) -> bool {
    #[cfg(test)]
    if super::tests::without::is_off(gap) {
        return false;
    }
    let _ = gap;
    true
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "gate rule {}: {}", self.number(), self.key())
    }
}

impl std::error::Error for Rule {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_keys_are_unique() {
        for (at, rule) in Rule::ALL.iter().enumerate() {
            assert!(
                Rule::ALL[at + 1..]
                    .iter()
                    .all(|other| other.key() != rule.key())
            );
            assert!(
                Rule::ALL[at + 1..]
                    .iter()
                    .all(|other| other.number() > rule.number())
            );
        }
    }
}
