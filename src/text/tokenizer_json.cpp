// The frame of a tokenizer.json and its bulk: vocabulary and merges are read without building a tree.
#include "text/json_cursor.h"
#include "text/json_node.h"
#include "text/tokenizer_json_parts.h"
#include "text/tokenizer_parts.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::int64_t largest_id = 1 << 24;
const char* const mend = "Polyclinic reads the BPE tokenizers of Llama, Mistral, Gemma and Phi-3";

class Reader {
 public:
  Reader(std::string_view text, const std::string& file)
      : text_(text), file_(file), cursor_(text, file), parts_(std::make_unique<Tokenizer::Parts>()) {}

  std::unique_ptr<Tokenizer::Parts> read() {
    require_utf8(text_, {file_});
    bool has_model = false;
    cursor_.object("", [&](const std::string& key) {
      if (key == "model") {
        has_model = true;
        model();
      } else if (key == "added_tokens") {
        part(key, read_added_tokens);
      } else if (key == "normalizer") {
        part(key, read_normalizer);
      } else if (key == "pre_tokenizer") {
        part(key, read_pre_tokenizer);
      } else if (key == "post_processor") {
        part(key, read_post_processor);
      } else if (key == "decoder") {
        part(key, read_decoder);
      } else {  // version; truncation and padding are not ours to apply
        cursor_.skip_value(key);
      }
    });
    cursor_.finish();
    if (!has_model) throw InputError("the key is missing", {file_, 0, 0, "model"}, "download the file again");
    parts_->prepare();
    check();
    return std::move(parts_);
  }

 private:
  template <typename F>
  void part(const std::string& key, F&& read_part) {
    const nlohmann::json value = parse(key);
    read_part(JsonNode(value, file_, key), *parts_);
  }

  nlohmann::json parse(const std::string& key) {
    const std::string_view slice = cursor_.skip_value(key);
    nlohmann::json value = nlohmann::json::parse(slice, nullptr, false);
    if (value.is_discarded()) cursor_.fail("the value is malformed JSON", key);
    return value;
  }

  void model() {
    std::size_t merges_begin = 0;
    bool has_vocabulary = false, has_merges = false;
    cursor_.object("model", [&](const std::string& key) {
      const std::string path = "model." + key;
      if (key == "vocab") {
        if (cursor_.peek() != '{') cursor_.fail("an object of token: id expected (a BPE model)", path);
        vocabulary();
        has_vocabulary = true;
      } else if (key == "merges") {
        has_merges = true;
        if (has_vocabulary) return merges();
        merges_begin = cursor_.position();
        cursor_.skip_value(path);
      } else {
        const nlohmann::json value = parse(path);
        option(key, JsonNode(value, file_, path));
      }
    });
    if (!has_vocabulary)
      throw InputError("the key is missing", {file_, 0, 0, "model.vocab"}, "download the file again");
    if (!has_merges) throw InputError("the key is missing", {file_, 0, 0, "model.merges"}, "download the file again");
    if (merges_begin > 0) {
      const std::size_t end = cursor_.position();
      cursor_.seek(merges_begin);
      merges();
      cursor_.seek(end);
    }
  }

  void option(const std::string& key, const JsonNode& node) {
    BytePairModel& model = parts_->model;
    if (key == "type" && node.text() != "BPE") node.refuse(concat("model type '", node.text(), "' is not built"));
    if (node.is_null()) return;
    if (key == "dropout" && !node.is_zero()) node.refuse("BPE dropout is not built");
    if (key == "unk_token") unknown_ = node.text();
    if ((key == "continuing_subword_prefix" || key == "end_of_word_suffix") && !node.text().empty()) {
      node.refuse("affixes of sub-words are not built");
    }
    if (key == "fuse_unk") model.fuse_unknown = node.truth();
    if (key == "byte_fallback") model.byte_fallback = node.truth();
    if (key == "ignore_merges") model.ignore_merges = node.truth();
  }

  void vocabulary() {
    Vocabulary& tokens = parts_->model.tokens;
    tokens.reserve(std::min<std::size_t>(text_.size() / 32, 300000), text_.size() / 8);
    static const std::string path = "model.vocab";
    cursor_.object_of_views(path, [&](std::string_view token) {
      // The view lives until the next string; a number follows.
      const std::int64_t id = cursor_.integer(path);
      if (id < 0 || id >= largest_id) cursor_.fail(concat("token id ", id, " is out of range"), path);
      tokens.add(token, static_cast<std::int32_t>(id));
    });
  }

  void merges() {
    static const std::string path = "model.merges";
    BytePairModel& model = parts_->model;
    model.merges.reserve(text_.size() / 28);
    std::string left, right;
    std::int32_t rank = 0;
    std::size_t joins_mark = 0;
    cursor_.array(path, [&] {
      if (cursor_.peek() == '[') {
        int count = 0;
        cursor_.array(path, [&] { (++count == 1 ? left : right).assign(cursor_.string(path)); });
        if (count != 2) cursor_.fail(concat("merge ", rank, " needs two tokens"), path);
      } else {
        const std::string_view both = cursor_.string(path);
        const std::size_t blank = both.find(' ');
        if (blank == std::string_view::npos || both.find(' ', blank + 1) != std::string_view::npos) {
          cursor_.fail(concat("merge ", rank, " needs two tokens with one blank between"), path);
        }
        left.assign(both.substr(0, blank));
        right.assign(both.substr(blank + 1));
      }
      joins_mark += right.starts_with(mark_) && !left.ends_with(mark_);
      add_merge(left, right, rank++);
    });
    model.splits_at_mark = joins_mark == 0;
  }

  void add_merge(std::string& left, const std::string& right, std::int32_t rank) {
    BytePairModel& model = parts_->model;
    const std::int32_t left_id = model.tokens.find(left), right_id = model.tokens.find(right);
    left += right;
    // Files list merges in the order of what they make, so that the joined token is often the last one or its
    // successor.
    std::int32_t joined = last_joined_;
    if (model.tokens.text(joined) != left && model.tokens.text(++joined) != left) joined = model.tokens.find(left);
    last_joined_ = joined;
    if (left_id == Vocabulary::none || right_id == Vocabulary::none || joined == Vocabulary::none) {
      cursor_.fail(concat("merge ", rank, " names a token that the vocabulary lacks"), "model.merges");
    }
    model.merges.add(left_id, right_id, {rank, joined});
  }

  void check() {
    BytePairModel& model = parts_->model;
    model.splits_at_mark = model.splits_at_mark && !model.byte_level && !model.ignore_merges &&
                           model.tokens.find(mark_) != Vocabulary::none;
    if (!unknown_.empty()) {
      model.unknown = model.tokens.find(unknown_);
      if (model.unknown == Vocabulary::none) {
        throw InputError(concat("'", unknown_, "' is not in the vocabulary"), {file_, 0, 0, "model.unk_token"}, mend);
      }
    }
    if (model.unknown != Vocabulary::none) return;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool covered = model.byte_level || model.byte_fallback;
      if (covered && model.has_byte(static_cast<unsigned char>(byte))) continue;
      throw InputError(concat("the vocabulary has no token for byte ", byte, " and no unk_token"),
                       {file_, 0, 0, "model.vocab"}, mend);
    }
  }

  static constexpr std::string_view mark_ = "\xE2\x96\x81";  // "▁"
  std::string_view text_;
  std::string file_;
  JsonCursor cursor_;
  std::unique_ptr<Tokenizer::Parts> parts_;
  std::string unknown_;
  std::int32_t last_joined_ = Vocabulary::none;
};

}  // namespace

std::unique_ptr<Tokenizer::Parts> read_tokenizer_json(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace polyclinic
