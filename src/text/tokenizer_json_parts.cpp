#include "text/tokenizer_json_parts.h"

#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::int64_t largest_id = 1 << 24;  // far above any vocabulary; a malformed id must not ask for memory
const char* const gpt2_expression = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::unique_ptr<Pattern> read_pattern(const JsonNode& node) {
  if (node.has("Regex")) return regex_pattern(node.text("Regex"), node.where("Regex"));
  if (node.has("String")) return literal_pattern(node.text("String"));
  node.refuse("a pattern needs the key String or Regex");
}

SplitBehavior read_behavior(const JsonNode& node) {
  const std::string name = node.text();
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  node.refuse(concat("unknown behaviour '", name, "'"));
}

PrependScheme read_prepend_scheme(const JsonNode& node) {
  if (!node.has("prepend_scheme")) {  // files from before 0.14 say it with add_prefix_space
    return node.truth("add_prefix_space", true) ? PrependScheme::always : PrependScheme::never;
  }
  const JsonNode scheme = node.at("prepend_scheme");
  const std::string name = scheme.text();
  if (name == "always") return PrependScheme::always;
  if (name == "first") return PrependScheme::first;
  if (name == "never") return PrependScheme::never;
  scheme.refuse(concat("unknown prepend scheme '", name, "'"));
}

std::string read_mark(const JsonNode& node) {
  std::string text = node.text("replacement");
  if (text.empty() || code_point_at(text, 0).length != text.size())
    node.at("replacement").refuse("one character expected");
  return text;
}

std::int32_t read_id(const JsonNode& node) {
  const std::int64_t id = node.integer();
  if (id < 0 || id >= largest_id) node.refuse(concat("token id ", id, " is out of range"));
  return static_cast<std::int32_t>(id);
}

std::unique_ptr<PreTokenizer> split_on(const char* expression, const JsonNode& node, SplitBehavior behavior,
                                       bool invert = false) {
  return split_pre_tokenizer(regex_pattern(expression, node.where()), behavior, invert);
}

void read_byte_level(const JsonNode& node, Tokenizer::Parts& parts) {
  auto& list = parts.pre_tokenizers;
  if (node.truth("add_prefix_space", true)) list.push_back(prefix_space_pre_tokenizer());
  if (node.truth("use_regex", true)) list.push_back(split_on(gpt2_expression, node, SplitBehavior::isolated));
  parts.model.byte_level = true;
}

void read_template(const JsonNode& node, Tokenizer::Parts& parts) {
  std::vector<std::int32_t> before, after;
  int sequences = 0;
  node.at("single").each([&](const JsonNode& item) {
    if (item.has("Sequence")) {
      if (item.at("Sequence").text("id") != "A") item.refuse("only sequence A may stand in `single`");
      ++sequences;
      return;
    }
    const std::string name = item.at("SpecialToken").text("id");
    node.at("special_tokens").at(name.c_str()).at("ids").each([&](const JsonNode& id) {
      (sequences == 0 ? before : after).push_back(read_id(id));
    });
  });
  if (sequences != 1) node.at("single").refuse("sequence A must stand there once");
  parts.prefix.insert(parts.prefix.begin(), before.begin(), before.end());
  parts.suffix.insert(parts.suffix.end(), after.begin(), after.end());
}

}  // namespace

void read_normalizer(const JsonNode& node, Tokenizer::Parts& parts) {
  if (node.is_null()) return;
  const std::string type = node.text("type");
  auto& list = parts.normalizers;
  if (type == "Sequence") {
    node.at("normalizers").each([&](const JsonNode& item) { read_normalizer(item, parts); });
  } else if (type == "Prepend") {
    list.push_back(prepend_normalizer(node.text("prepend")));
  } else if (type == "Replace") {
    list.push_back(replace_normalizer(read_pattern(node.at("pattern")), node.text("content")));
  } else if (type == "NFC") {
    list.push_back(unicode_normalizer(NormalForm::nfc));
  } else if (type == "NFD") {
    list.push_back(unicode_normalizer(NormalForm::nfd));
  } else if (type == "NFKC") {
    list.push_back(unicode_normalizer(NormalForm::nfkc));
  } else if (type == "NFKD") {
    list.push_back(unicode_normalizer(NormalForm::nfkd));
  } else {
    node.refuse(concat("normalizer '", type, "' is not built"));
  }
}

void read_pre_tokenizer(const JsonNode& node, Tokenizer::Parts& parts) {
  if (node.is_null()) return;
  const std::string type = node.text("type");
  if (parts.model.byte_level) node.refuse("ByteLevel must be the last pre-tokenizer");
  auto& list = parts.pre_tokenizers;
  if (type == "Sequence") {
    node.at("pretokenizers").each([&](const JsonNode& item) { read_pre_tokenizer(item, parts); });
  } else if (type == "Split") {
    list.push_back(split_pre_tokenizer(read_pattern(node.at("pattern")), read_behavior(node.at("behavior")),
                                       node.truth("invert", false)));
  } else if (type == "ByteLevel") {
    read_byte_level(node, parts);
  } else if (type == "Metaspace") {
    list.push_back(metaspace_pre_tokenizer(read_mark(node), read_prepend_scheme(node), node.truth("split", true)));
  } else if (type == "Digits") {
    const bool each = node.truth("individual_digits", false);
    list.push_back(split_on(R"(\p{N})", node, each ? SplitBehavior::isolated : SplitBehavior::contiguous));
  } else if (type == "Whitespace") {
    list.push_back(split_on(R"(\w+|[^\w\s]+)", node, SplitBehavior::removed, true));
  } else if (type == "WhitespaceSplit") {
    list.push_back(split_on(R"(\s)", node, SplitBehavior::removed));
  } else if (type == "Punctuation") {
    const auto behavior = node.has("behavior") ? read_behavior(node.at("behavior")) : SplitBehavior::isolated;
    list.push_back(split_on(R"([!-/:-@\[-`{-~\p{P}])", node, behavior));
  } else {
    node.refuse(concat("pre-tokenizer '", type, "' is not built"));
  }
}

void read_post_processor(const JsonNode& node, Tokenizer::Parts& parts) {
  if (node.is_null()) return;
  const std::string type = node.text("type");
  if (type == "Sequence") {
    node.at("processors").each([&](const JsonNode& item) { read_post_processor(item, parts); });
  } else if (type == "TemplateProcessing") {
    read_template(node, parts);
  } else if (type != "ByteLevel") {  // ByteLevel only trims offsets, and ours always cover the whole token
    node.refuse(concat("post-processor '", type, "' is not built"));
  }
}

void read_decoder(const JsonNode& node, Tokenizer::Parts& parts) {
  if (node.is_null()) return;
  const std::string type = node.text("type");
  auto& list = parts.decoders;
  const auto count = [&](const char* key) {
    const std::int64_t value = node.at(key).integer();
    if (value < 0) node.at(key).refuse("a count cannot be negative");
    return static_cast<std::size_t>(value);
  };
  if (type == "Sequence") {
    node.at("decoders").each([&](const JsonNode& item) { read_decoder(item, parts); });
  } else if (type == "Replace") {
    list.push_back(replace_decoder(read_pattern(node.at("pattern")), node.text("content")));
  } else if (type == "ByteFallback") {
    list.push_back(byte_fallback_decoder());
  } else if (type == "Fuse") {
    list.push_back(fuse_decoder());
  } else if (type == "Strip") {
    const std::string content = node.text("content");
    if (content.empty()) node.at("content").refuse("one character expected");
    list.push_back(strip_decoder(content, count("start"), count("stop")));
  } else if (type == "ByteLevel") {
    list.push_back(byte_level_decoder());
  } else if (type == "Metaspace") {
    list.push_back(metaspace_decoder(read_mark(node), read_prepend_scheme(node) != PrependScheme::never));
  } else {
    node.refuse(concat("decoder '", type, "' is not built"));
  }
}

void read_added_tokens(const JsonNode& node, Tokenizer::Parts& parts) {
  if (node.is_null()) return;
  node.each([&](const JsonNode& item) {
    AddedToken token;
    token.id = read_id(item.at("id"));
    token.content = item.text("content");
    token.special = item.truth("special", false);
    token.single_word = item.truth("single_word", false);
    token.lstrip = item.truth("lstrip", false);
    token.rstrip = item.truth("rstrip", false);
    token.normalized = item.truth("normalized", !token.special);
    if (token.content.empty()) item.at("content").refuse("an added token cannot be empty");
    parts.added.push_back(std::move(token));
  });
}

}  // namespace polyclinic
