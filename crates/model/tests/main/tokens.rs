use crate::golden::folder;
use burn::tensor::Device;
use musiclime_model::{
    Encoded, LyricsEncoder, LyricsSection, Preparation, RobertaConfig, TextKind, TokenBatch,
    Tokenizer, token_limit, train_tokenizer,
};
use serde_json::Value;
use std::time::Instant;

fn section(kind: TextKind, vocab_size: usize, max_tokens: usize) -> LyricsSection {
    LyricsSection {
        encoder: LyricsEncoder::transformer(
            kind,
            RobertaConfig {
                vocab_size,
                ..RobertaConfig::for_kind(kind)
            },
        ),
        max_tokens,
        preparation: Preparation::None,
    }
}

fn golden(name: &str, kind: TextKind, limit: usize) -> Tokenizer {
    let json = std::fs::read(folder(name).join("tokenizer.json")).expect("golden");
    Tokenizer::from_bytes(&json, &section(kind, 320, limit)).expect("a tokenizer")
}

fn compare(name: &str, kind: TextKind) {
    let text = std::fs::read_to_string(folder(name).join("tokens.json")).expect("golden");
    let golden_tokens: Value = serde_json::from_str(&text).expect("golden");
    let limit = golden_tokens["limit"].as_u64().expect("a limit") as usize;
    let tokenizer = golden(name, kind, limit);
    let cases = golden_tokens["cases"].as_array().expect("cases");
    assert!(cases.len() > 10);
    let mut cut = 0;
    for case in cases {
        let text = case["text"].as_str().expect("a text");
        let expected: Vec<u32> = case["ids"]
            .as_array()
            .expect("ids")
            .iter()
            .map(|id| id.as_u64().expect("an id") as u32)
            .collect();
        let got = tokenizer.encode(text).expect("ids");
        assert_eq!(got.ids, expected, "{text:?}");
        if got.read_bytes < text.len() {
            cut += 1;
            assert_eq!(got.ids.len(), limit, "{text:?}");
        }
    }
    assert!(cut > 0, "some case must be cut at the limit");
}

#[test]
fn byte_level_ids_equal_the_reference() {
    compare("fusion_roberta", TextKind::Roberta);
    compare("roberta_classifier", TextKind::Roberta);
}

#[test]
fn word_piece_ids_equal_the_reference() {
    compare("fusion_bert", TextKind::Bert);
}

#[test]
fn the_limit_is_model_max_length_only_if_sane() {
    assert_eq!(token_limit(Some(512.0), 512), 512);
    assert_eq!(token_limit(Some(1e30), 512), 512);
    assert_eq!(token_limit(Some(256.0), 512), 256);
    assert_eq!(token_limit(Some(4096.0), 512), 512);
    assert_eq!(token_limit(None, 38), 38);
}

#[test]
fn read_bytes_end_with_the_last_token_that_is_kept() {
    // <s>, "word", " word", ... , </s>: with 5 tokens three words are read.
    let json = train_tokenizer(vec!["word word word word".to_owned(); 9].into_iter(), 300)
        .expect("a tokenizer");
    let tokenizer =
        Tokenizer::from_bytes(&json, &section(TextKind::Roberta, 300, 5)).expect("a tokenizer");
    let text = "word word word word word word";
    let encoded = tokenizer.encode(text).expect("ids");
    assert_eq!(encoded.ids.len(), 5);
    assert_eq!(&text[..encoded.read_bytes], "word word word");
    assert_eq!(tokenizer.encode("word word").expect("ids").read_bytes, 9);
}

#[test]
fn paper_preparation_maps_back_to_the_file() {
    let json = train_tokenizer(vec!["word word word word".to_owned(); 9].into_iter(), 300)
        .expect("a tokenizer");
    let paper = LyricsSection {
        preparation: Preparation::Paper,
        ..section(TextKind::Roberta, 300, 5)
    };
    let tokenizer = Tokenizer::from_bytes(&json, &paper).expect("a tokenizer");
    let plain =
        Tokenizer::from_bytes(&json, &section(TextKind::Roberta, 300, 5)).expect("a tokenizer");
    let text = "  WORD,\n\tw-ord!  Word; word word";
    let encoded = tokenizer.encode(text).expect("ids");
    assert_eq!(
        encoded.ids,
        plain.encode("word word word word word").expect("ids").ids
    );
    assert_eq!(&text[..encoded.read_bytes], "  WORD,\n\tw-ord!  Word");
}

#[test]
fn megabytes_cost_what_a_page_does() {
    let tokenizer = golden("fusion_roberta", TextKind::Roberta, 38);
    let page = "Night shift lights, count the windows one by one\n".repeat(200);
    let long = page.repeat(510);
    assert!(long.len() > 4_900_000);
    let start = Instant::now();
    let encoded = tokenizer.encode(&long).expect("ids");
    let elapsed = start.elapsed();
    assert_eq!(encoded, tokenizer.encode(&page).expect("ids"));
    // A page takes about a millisecond, all 5 MB several seconds.
    assert!(elapsed.as_millis() < 500, "{elapsed:?}");
    // No blank to cut at, in one-, two- and four-byte characters.
    for unit in ["a", "\u{e9}", "\u{1f525}"] {
        let endless = unit.repeat(5_000_000 / unit.len());
        let some = unit.repeat(3000);
        assert_eq!(
            tokenizer.encode(&endless).expect("ids").ids,
            tokenizer.encode(&some).expect("ids").ids
        );
    }
}

#[test]
fn text_without_tokens_is_searched_to_its_end() {
    // WordPiece gives no token for blanks, so the first words stand far past the first part that is looked at.
    let tokenizer = golden("fusion_bert", TextKind::Bert, 40);
    let text = format!("{}paper boats go down the river", " ".repeat(100_000));
    assert_eq!(
        tokenizer.encode(&text).expect("ids").ids,
        tokenizer
            .encode("paper boats go down the river")
            .expect("ids")
            .ids
    );
}

#[test]
fn a_cut_text_gives_the_ids_of_the_whole() {
    // 20,000 words that all differ: the first part is cut at a blank, and must not show.
    let words: String = (0..20_000).map(|i| format!("w{i}x ")).collect();
    for limit in [38, 510] {
        let tokenizer = golden("fusion_roberta", TextKind::Roberta, limit);
        let json = std::fs::read(folder("fusion_roberta").join("tokenizer.json")).expect("golden");
        let whole = tokenizers::Tokenizer::from_bytes(&json).expect("a tokenizer");
        let all = whole.encode(words.as_str(), true).expect("ids");
        let mut expected = all.get_ids()[..limit - 1].to_vec();
        expected.push(2);
        assert_eq!(
            tokenizer.encode(&words).expect("ids").ids,
            expected,
            "limit {limit}"
        );
    }
}

#[test]
fn training_is_deterministic_and_keeps_robertas_special_ids() {
    let texts = || {
        let text =
            std::fs::read_to_string(folder("fusion_roberta").join("tokens.json")).expect("golden");
        text.lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .into_iter()
    };
    let first = train_tokenizer(texts(), 400).expect("a tokenizer");
    assert_eq!(first, train_tokenizer(texts(), 400).expect("a tokenizer"));
    let tokenizer = tokenizers::Tokenizer::from_bytes(&first).expect("a tokenizer");
    for (id, token) in musiclime_model::SPECIAL_TOKENS.iter().enumerate() {
        assert_eq!(tokenizer.token_to_id(token), Some(id as u32));
    }
    let ours =
        Tokenizer::from_bytes(&first, &section(TextKind::Roberta, 400, 50)).expect("a tokenizer");
    let encoded = ours.encode("Hello \u{1f3b8}\n").expect("ids");
    assert_eq!(
        (encoded.ids.first(), encoded.ids.last()),
        (Some(&0), Some(&2))
    );
    assert_eq!(
        tokenizer.decode(&encoded.ids, true).expect("text"),
        "Hello \u{1f3b8}\n"
    );
    assert!(train_tokenizer(texts(), 200).is_err());
}

#[test]
fn a_vocabulary_larger_than_the_word_table_is_refused() {
    let json = std::fs::read(folder("fusion_roberta").join("tokenizer.json")).expect("golden");
    let error = Tokenizer::from_bytes(&json, &section(TextKind::Roberta, 100, 20))
        .expect_err("too many ids");
    assert!(error.to_string().contains("vocab_size 100"), "{error}");
}

#[test]
fn buckets_pad_to_their_own_longest_member() {
    let encoded: Vec<Encoded> = [5, 2, 9, 2, 7]
        .iter()
        .map(|&n| Encoded {
            ids: vec![7; n],
            read_bytes: 0,
        })
        .collect();
    let batches = TokenBatch::bucketed(&encoded, 2, 1);
    let shapes: Vec<_> = batches
        .iter()
        .map(|b| (b.members.clone(), b.tokens))
        .collect();
    assert_eq!(shapes, [(vec![1, 3], 2), (vec![0, 4], 7), (vec![2], 9)]);
    assert_eq!(batches[1].ids, [7, 7, 7, 7, 7, 1, 1, 7, 7, 7, 7, 7, 7, 7]);
    let device = Device::flex();
    assert!(batches[0].to_tensors(&device).1.is_none());
    let mask: Vec<bool> = batches[1]
        .to_tensors(&device)
        .1
        .expect("a mask")
        .into_data()
        .as_slice()
        .expect("bits")
        .to_vec();
    assert_eq!(mask.iter().filter(|&&m| !m).count(), 2);
}
