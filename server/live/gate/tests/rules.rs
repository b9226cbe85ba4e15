//! Each rule with inputs that it alone refuses: taken away, they are not refused by another one.
//! A test is named after its rule; each line is one test.

use super::without::without;
use super::*;

/// Bytes to judge, and against what.
struct Input {
    bytes: Vec<u8>,
    tables: Tables,
    limits: Limits,
    /// Whether the bytes are a state vector.
    vector: bool,
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            tables: base(),
            limits: Limits::default(),
            vector: false,
        }
    }
}

impl From<&[u8]> for Input {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl Input {
    fn against(self, tables: Tables) -> Self {
        Self { tables, ..self }
    }

    fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// What refuses it, if anything does.
    fn refusal(&self) -> Option<Rule> {
        if self.vector {
            return read_state_vector(&self.bytes).err();
        }
        match read(&self.bytes, &self.tables, &self.limits) {
            Verdict::Refused(rule) => Some(rule),
            Verdict::Accepted(_) | Verdict::NothingNew | Verdict::CleanUpOnly(_) => None,
            Verdict::Gap => panic!("a gap"),
        }
    }
}

fn vector(bytes: &[u8]) -> Input {
    Input {
        vector: true,
        ..bytes.into()
    }
}

/// The level of the heading, which we hold, sent again with another value.
fn level_again(value: &[u8]) -> Vec<u8> {
    let up = Up::sections(1).raw(&[1, 9, 8, 0x28, 0, 9, 7]).text("level");
    up.raw(&[1]).raw(value).end()
}

/// The start of bold, which we hold, sent again with another value.
fn bold_again(json: &str) -> Vec<u8> {
    let up = Up::sections(1).raw(&[1, 9, 5, 0x86, 9, 4]);
    up.text("bold").text(json).end()
}

/// The text "abc", which we hold, sent again with other neighbours.
fn text_again(neighbours: &[u8]) -> Vec<u8> {
    Up::sections(1)
        .raw(&[1, 9, 2])
        .raw(neighbours)
        .text("abc")
        .end()
}

/// The start of a mark beside the text.
fn mark(key: &str, json: &str) -> Vec<u8> {
    one(1, up().raw(&[0x86, 9, 4]).text(key).text(json))
}

/// A new value for the level.
fn level(value: &[u8]) -> Vec<u8> {
    one(1, up().raw(&[0xa8, 9, 8, 1]).raw(value))
}

/// A first attribute of a type.
fn attribute(parent: &[u8], key: &str, value: &[u8]) -> Vec<u8> {
    one(
        1,
        up().raw(&[0x28]).raw(parent).text(key).raw(&[1]).raw(value),
    )
}

/// An attribute of an element in a quote; in a table where it needs one.
fn of_a(node: &str, key: &str, value: &[u8]) -> Vec<u8> {
    let up = up();
    let (count, up) = if node == "orderedList" {
        (2, up.in_root("context", node))
    } else {
        let up = up.in_root("context", "table").in_type(20, 0, "tableRow");
        (4, up.in_type(20, 1, node))
    };
    let up = up.raw(&[0x28, 0, 20, count - 2]).text(key).raw(&[1]);
    one(count, up.raw(value))
}

/// Collected history of one client: clock and lengths.
fn holes(client: u64, lengths: &[u64]) -> Vec<u8> {
    let up = Up::sections(1)
        .raw(&[lengths.len() as u8])
        .uint(client)
        .raw(&[0]);
    lengths
        .iter()
        .fold(up, |up, length| up.raw(&[0]).uint(*length))
        .end()
}

/// Two sections of one hole each.
fn two(first: u8, second: u8) -> Vec<u8> {
    Up::sections(2)
        .raw(&[1, first, 0, 0, 1, 1, second, 0, 0, 1])
        .end()
}

/// Tables after these bytes.
fn after(bytes: &[u8]) -> Tables {
    let mut tables = base();
    accept(bytes, &mut tables);
    tables
}

/// A character at client 20, clock 0, that takes two units.
fn with_pair() -> Tables {
    after(&one(1, up().raw(&[0x84, 9, 4]).text("𝄞")))
}

/// Quotes in each other.
fn quotes(depth: u8) -> Vec<u8> {
    let nested = up().in_root("context", "blockquote");
    one(
        depth,
        (1..depth).fold(nested, |up, at| up.in_type(20, at - 1, "blockquote")),
    )
}

/// A long text at client 20, and deletes of every second of its characters.
fn many_deletes() -> (Tables, Vec<u8>) {
    let text = "x".repeat(2_100);
    let tables = after(&one(1, up().raw(&[0x84, 9, 4]).text(&text)));
    let up = Up(vec![0, 1, 20]).uint(1_001);
    let ranges = (0..1_001).fold(up, |up, at| up.uint(at * 2).raw(&[1]));
    (tables, ranges.0)
}

macro_rules! cases {
    ($($name:ident: $rule:ident, $input:expr;)*) => {
        $(#[test]
        fn $name() {
            alone(stringify!($name), Rule::$rule, || Input::from($input));
        })*

        /// Every case: its name, its rule, its input.
        const CASES: &[(&str, Rule, fn() -> Input)] = &[
            $((stringify!($name), Rule::$rule, || Input::from($input)),)*
        ];
    };
}

#[track_caller]
fn alone(name: &str, rule: Rule, input: fn() -> Input) {
    assert!(
        name.starts_with(rule.key()),
        "{name} is a test of {}",
        rule.key()
    );
    assert_eq!(input().refusal(), Some(rule));
    assert_eq!(
        without(rule, || input().refusal()),
        None,
        "only {rule} refuses it"
    );
}

cases! {
    update_too_large: UpdateTooLarge, Input::from(mark("bold", "{}"))
        .within(Limits { update_bytes: 15, ..Limits::default() });
    truncated: Truncated, &[0][..];
    truncated_in_a_value: Truncated, {
        let mut bytes = level_again(&[124, 0, 0, 0, 0]);
        bytes.truncate(bytes.len() - 2);
        bytes
    };
    trailing_bytes: TrailingBytes, &[0, 0, 0][..];
    trailing_bytes_in_a_vector: TrailingBytes, vector(&[1, 1, 1, 1]);
    number_not_canonical: NumberNotCanonical, &[0x80, 0, 0][..];
    number_not_canonical_in_deletes: NumberNotCanonical, &[0, 1, 9, 1, 0x85, 0, 1][..];
    number_not_canonical_in_a_vector: NumberNotCanonical, vector(&[1, 0x85, 0, 1]);
    number_not_canonical_with_a_sign: NumberNotCanonical, level_again(&[125, 0x80, 0]);
    number_too_large_client: NumberTooLarge, holes(1 << 53, &[1]);
    number_too_large_length: NumberTooLarge, holes(20, &[1 << 31]);
    number_too_large_sum: NumberTooLarge, holes(20, &[(1 << 31) - 1, 1]);
    number_too_large_with_a_sign: NumberTooLarge,
        level_again(&[125, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
    number_too_large_in_a_vector: NumberTooLarge, {
        let mut bytes = Up(vec![1]).uint(1 << 53).0;
        bytes.push(1);
        vector(&bytes)
    };
    count_beyond_bytes: CountBeyondBytes, &[2, 1, 20, 0, 0, 3, 0][..];
    count_beyond_bytes_in_deletes: CountBeyondBytes, &[0, 2, 9, 1, 5, 1][..];
    count_beyond_bytes_in_a_vector: CountBeyondBytes, vector(&[9, 1, 1]);
    text_not_utf8: TextNotUtf8, one(1, up().raw(&[0x84, 9, 4, 2, b'a', 0xff]));
    section_empty: SectionEmpty, &[1, 0, 20, 0, 1, 9, 1, 5, 1][..];
    section_order: SectionOrder, two(20, 21);
    // A client section that comes twice: the CRDT library misreads it.
    section_order_twice: SectionOrder, two(20, 20);
    // The JSON of old clients, which the CRDT library does not survive.
    content_kind_json: ContentKind, one(1, up().raw(&[0x82, 9, 4]));
    content_kind_binary: ContentKind, one(1, up().raw(&[0x83, 9, 4]));
    content_kind_document: ContentKind, one(1, up().raw(&[0x89, 9, 4]));
    content_kind_skip: ContentKind, one(1, up().raw(&[10, 1]));
    content_kind_unknown: ContentKind, one(1, up().raw(&[0x9f, 9, 4]));
    content_kind_none: ContentKind, one(1, up().raw(&[0x80, 9, 4]));
    content_empty_text: ContentEmpty, one(1, up().raw(&[0x84, 9, 4, 0]));
    content_empty_hole: ContentEmpty, one(1, up().raw(&[0, 0]));
    content_empty_deleted: ContentEmpty, one(1, up().raw(&[0x81, 9, 4, 0]));
    content_empty_values: ContentEmpty,
        Up::sections(1).raw(&[1, 9, 8, 0x28, 0, 9, 7]).text("level").raw(&[0]).end();
    parent_flag: ParentFlag, one(1, up().raw(&[7, 2]).text("context").node("paragraph"));
    type_kind_array: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 0]));
    type_kind_map: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 1]));
    type_kind_text: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 2]));
    type_kind_fragment: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 4]));
    type_kind_hook: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 5]));
    type_kind_link: TypeKind, one(1, up().raw(&[7, 0, 9, 0, 7]));
    client_count: ClientCount, Input::from(mark("bold", "{}"))
        .within(Limits { clients: 1, ..Limits::default() });
    struct_count: StructCount, Input::from(mark("bold", "{}"))
        .within(Limits { structs: base().pieces(), ..Limits::default() });
    struct_count_of_deletes: StructCount, {
        let (tables, bytes) = many_deletes();
        Input::from(bytes).against(tables).within(Limits { structs: 2_000, ..Limits::default() })
    };
    struct_count_of_few_deletes: StructCount, Input::from(&[0, 1, 9, 1, 3, 1][..])
        .within(Limits { structs: 4, ..Limits::default() });
    value_tag: ValueTag, level_again(&[115]);
    value_depth: ValueDepth, level_again(&[&[117, 1].repeat(16)[..], &[117, 0]].concat());
    value_count: ValueCount, level_again(&[&[117, 0x90, 0x4e][..], &[126; 10_000]].concat());
    value_key: ValueKey, level_again(b"\x76\x01\x09__proto__\x7e");
    value_key_in_json: ValueKey, bold_again(r#"{"__pr\u006fto__":1}"#);
    json_malformed: JsonMalformed, bold_again("{");
    json_depth: JsonDepth, bold_again(&"[".repeat(17));
    json_count: JsonCount, bold_again(&format!("[{}0]", "0,".repeat(2_000)));
    json_key_twice: JsonKeyTwice, bold_again(r#"{"a":1,"\u0061":1}"#);
    json_surrogate: JsonSurrogate, bold_again(r#""\ud800""#);
    json_number: JsonNumber, bold_again("1e999");
    // The CRDT library cannot read it, nor the update around it.
    json_number_beyond_64_bits_signed: JsonNumber, bold_again("[9223372036854775808]");
    deletes_client_twice: DeletesClientTwice, &[0, 2, 9, 1, 5, 1, 9, 1, 6, 1][..];
    deletes_empty_client: DeletesEmpty, &[0, 2, 10, 0, 9, 3, 2, 1, 5, 1, 6, 1][..];
    deletes_empty_range: DeletesEmpty, &[0, 1, 9, 1, 5, 0][..];
    deletes_order: DeletesOrder, &[0, 1, 9, 2, 6, 1, 5, 1][..];
    deletes_order_overlap: DeletesOrder, &[0, 1, 9, 2, 5, 2, 6, 1][..];
    vector_client_twice: VectorClientTwice, vector(&[2, 1, 1, 1, 2]);
    vector_client_twice_apart: VectorClientTwice, vector(&[3, 1, 1, 2, 1, 1, 2]);
    root_name: RootName, one(1, up().in_root("elsewhere", "paragraph"));
    root_name_held: RootName,
        Up::sections(1).raw(&[1, 9, 0]).in_root("elsewhere", "paragraph").end();
    parent_not_type: ParentNotType, one(1, up().raw(&[4, 0, 9, 2]).text("x"));
    neighbours_apart: NeighboursApart, one(1, up().raw(&[0xc4, 9, 4, 9, 7]).text("x"));
    neighbours_apart_parent_is_right: NeighboursApart, one(1, up().raw(&[0xc4, 9, 4, 9, 1]).text("x"));
    neighbours_apart_key: NeighboursApart, one(1, up().raw(&[0xc4, 9, 4, 9, 8]).text("x"));
    // The part we hold stands elsewhere than what goes on with it.
    neighbours_apart_held: NeighboursApart, Input::from(one(1, up().raw(&[0x81, 9, 7]).uint(9)))
        .against(after(&one(1, up().raw(&[0x84, 9, 4]).text("ab"))));
    // Yjs and the CRDT library would disagree about this one.
    neighbour_gone: NeighbourGone,
        Input::from(Up::sections(1).raw(&[1, 22, 0, 0xc4, 20, 2, 9, 2]).text("x").end())
            .against(after(&holes(20, &[3])));
    // Yjs stops in the middle of this one.
    neighbour_gone_held: NeighbourGone, Input::from(one(1, up().raw(&[4, 0, 9, 1]).text("xyz")))
        .against(after(&holes(20, &[2])));
    continues_other: ContinuesOther, Input::from(one(1, up().raw(&[0x84, 9, 4]).text("ab")))
        .against(after(&mark("bold", "{}")));
    held_names_unknown_left: HeldNamesUnknown, text_again(&[0x84, 8, 0]);
    held_names_unknown_right: HeldNamesUnknown, text_again(&[0xc4, 9, 1, 7, 0]);
    held_names_unknown_parent: HeldNamesUnknown, text_again(&[4, 0, 9, 9]);
    held_names_unknown_own: HeldNamesUnknown, text_again(&[0x84, 9, 9]);
    held_cuts_character_left: HeldCutsCharacter,
        Input::from(text_again(&[0x84, 20, 0])).against(with_pair());
    held_cuts_character_right: HeldCutsCharacter,
        Input::from(text_again(&[0x44, 20, 1])).against(with_pair());
    neighbours_order_same: NeighboursOrder, one(1, up().raw(&[0xc4, 9, 3, 9, 3]).text("x"));
    neighbours_order: NeighboursOrder, one(1, up().raw(&[0xc4, 9, 6, 9, 2]).text("x"));
    neighbours_order_new: NeighboursOrder,
        one(2, up().raw(&[0x84, 9, 3]).text("xy").raw(&[0xc4, 20, 1, 20, 0]).text("z"));
    // What goes on with a part that we hold stands after it.
    neighbours_order_held: NeighboursOrder,
        Input::from(one(1, up().raw(&[0xc4, 9, 3, 20, 1]).text("abcd")))
            .against(after(&one(1, up().raw(&[0x84, 9, 3]).text("abc"))));
    // Before "b", and not after "a": every copy would go through all that stands before it.
    neighbour_missing: NeighbourMissing, one(1, up().raw(&[0x44, 9, 3]).text("x"));
    neighbour_missing_in_new: NeighbourMissing,
        one(2, up().raw(&[0x84, 9, 4]).text("xy").raw(&[0x44, 20, 1]).text("z"));
    crossing_count: CrossingCount, Input::from(one(1, up().raw(&[0x84, 9, 2]).text("x")))
        .within(Limits { crossings: 2, crossings_a_piece: 0, ..Limits::default() });
    crossing_count_of_an_attribute: CrossingCount,
        Input::from(one(1, up().raw(&[0x28, 0, 9, 7]).text("level").raw(&[1, 125, 3])))
            .within(Limits { crossings: 0, crossings_a_piece: 0, ..Limits::default() });
    // A character beside a paragraph breaks every editor.
    text_place: TextPlace, one(1, up().raw(&[0x84, 9, 0]).text("x"));
    text_place_in_an_element: TextPlace, one(1, up().raw(&[4, 0, 9, 0]).text("x"));
    text_place_in_a_section: TextPlace, one(1, up().raw(&[4, 1]).text("context").text("x"));
    format_place: FormatPlace, one(1, up().raw(&[0x86, 9, 0]).text("bold").text("{}"));
    embed_place: EmbedPlace, one(1, up().raw(&[0x85, 9, 4]).text("{}"));
    value_place: ValuePlace, one(1, up().raw(&[0x88, 9, 0, 1, 126]));
    value_place_in_text: ValuePlace, one(1, up().raw(&[0x88, 9, 4, 1, 126]));
    element_place_item: ElementPlace, one(1, up().in_root("context", "listItem"));
    element_place_text: ElementPlace, one(1, up().in_root("context", ""));
    element_place_in_text: ElementPlace, one(1, up().in_type(9, 1, ""));
    element_place_in_paragraph: ElementPlace, one(1, up().in_type(9, 0, "paragraph"));
    element_name: ElementName, one(1, up().in_root("context", "script"));
    tree_depth: TreeDepth, quotes(33);
    key_place_section: KeyPlace, attribute(b"\x01\x07context", "level", &[126]);
    key_place_text: KeyPlace, attribute(&[0, 9, 1], "level", &[126]);
    attribute_content: AttributeContent, one(1, up().raw(&[0xa4, 9, 8]).text("x"));
    attribute_content_type: AttributeContent, one(1, up().raw(&[0xa7, 9, 8, 6]));
    attribute_name_of_another: AttributeName, attribute(&[0, 9, 0], "level", &[125, 2]);
    attribute_name_unknown: AttributeName,
        one(1, up().raw(&[0x21, 0, 9, 7]).text("onclick").raw(&[1]));
    mark_name: MarkName, mark("blink", "{}");
    mark_name_suffix: MarkName, mark("blink--aB3+/=x9", "null");
    attribute_value_level: AttributeValue, level(&[125, 5]);
    attribute_value_level_text: AttributeValue, level(b"\x77\x05<svg>");
    attribute_value_level_digits: AttributeValue, level(b"\x77\x013");
    attribute_value_level_null: AttributeValue, level(&[126]);
    // No number, infinity and a 64-bit integer: never equal to themselves, or an error in editors.
    attribute_value_start_no_number: AttributeValue, of_a("orderedList", "start", &[124, 0x7f, 0xc0, 0, 0]);
    attribute_value_start_infinite: AttributeValue,
        of_a("orderedList", "start", &[123, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]);
    attribute_value_start_big: AttributeValue, of_a("orderedList", "start", &[122, 0, 0, 0, 0, 0, 0, 0, 1]);
    attribute_value_start_fraction: AttributeValue, of_a("orderedList", "start", &[124, 0x3f, 0xc0, 0, 0]);
    attribute_value_start_text: AttributeValue, of_a("orderedList", "start", b"\x77\x013");
    // Spans as text are put one after the other instead of added: 100 and 100 make 100100.
    attribute_value_span_text: AttributeValue, of_a("tableCell", "colspan", b"\x77\x03100");
    attribute_value_span_null: AttributeValue, of_a("tableCell", "rowspan", &[126]);
    attribute_value_span_large: AttributeValue, of_a("tableHeader", "colspan", &[125, 0xa5, 1]);
    attribute_value_widths: AttributeValue, of_a("tableCell", "colwidth", &[117, 1, 124, 0x7f, 0xc0, 0, 0]);
    attribute_value_level_object: AttributeValue, level(b"\x76\x01\x01a\x7e");
    attribute_value_later: AttributeValue, Up::sections(1)
        .raw(&[1, 20, 0, 0xa8, 9, 8, 2, 125, 2, 125, 9, 1, 20, 1, 0, 2]).0;
    attribute_length: AttributeLength, one(1, up().raw(&[0xa8, 9, 8, 2, 125, 2, 125, 3]));
    // Only one of its values is deleted with it.
    attribute_length_in_part: AttributeLength, Up::sections(1)
        .raw(&[1, 20, 0, 0xa8, 9, 8, 2, 125, 2, 125, 3, 1, 20, 1, 0, 1]).0;
    attribute_order: AttributeOrder, one(1, up().raw(&[0x68, 9, 8, 1, 125, 2]));
    attribute_order_of_deleted: AttributeOrder, one(1, up().raw(&[0x41, 9, 8, 1]));
    mark_value: MarkValue, mark("bold", r#"{"onclick":"x"}"#);
    mark_value_of_a_link: MarkValue, mark("link", r#"{"href":{"x":"y"}}"#);
    link_address_script: LinkAddress, mark("link", r#"{"href":"\u006aavascript:alert(1)"}"#);
    link_address_case: LinkAddress, mark("link", r#"{"href":"JaVaScRiPt:alert(1)"}"#);
    link_address_tab: LinkAddress, mark("link", r#"{"href":"java\tscript:alert(1)"}"#);
    link_address_space: LinkAddress, mark("link", r#"{"href":" https://exemple.fr"}"#);
    link_address_relative: LinkAddress, mark("link", r#"{"href":"/compte"}"#);
    link_address_without_host: LinkAddress, mark("link", r#"{"href":"https:/compte/x"}"#);
    link_address_key_escaped: LinkAddress, mark("link", r#"{"\u0068ref":"data:text/html,x"}"#);
    link_address_suffix: LinkAddress, mark("link--aB3+/=x9", r#"{"href":"vbscript:x"}"#);
}

#[test]
fn every_rule_is_needed_and_refuses_only_its_own() {
    for rule in Rule::ALL {
        let mine = CASES.iter().filter(|(_, of, _)| of == rule).count();
        assert!(mine > 0, "{rule} has no test");
        without(*rule, || {
            for (name, of, input) in CASES {
                let expected = (of != rule).then_some(*of);
                assert_eq!(input().refusal(), expected, "{name} without {rule}");
            }
        });
    }
}
