#include "text/tokenizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "text/tokenizer_parts.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::string_view mark = "\xE2\x96\x81";  // "▁"

// One encode call: sections -> pieces -> words -> tokens.
class Encoding {
 public:
  Encoding(const Tokenizer::Parts& parts, Tokenizer::Parts::Space& space, std::vector<Token>& out)
      : parts_(parts), space_(space), out_(out) {}

  void text(std::string_view text, bool keep_special_text) {
    space_.sections.clear();
    parts_.raw_added.cut(text, keep_special_text, space_.sections);
    for (const AddedTokens::Section& section : space_.sections) {
      if (section.id != AddedTokens::none) {
        out_.push_back({section.id, section.begin, section.end});
      } else {
        raw_section(text.substr(section.begin, section.end - section.begin), section.begin, keep_special_text);
      }
    }
  }

 private:
  void raw_section(std::string_view text, std::size_t begin, bool keep_special_text) {
    space_.pieces.list.clear();
    space_.pieces.rewritten.clear();
    const AlignedText* current = &space_.pieces.rewritten.emplace_back(text, begin);
    for (const auto& normalizer : parts_.normalizers) {
      AlignedText& next = space_.pieces.rewritten.emplace_back();
      normalizer->apply(*current, next);
      current = &next;
    }
    if (parts_.normalized_added.empty()) {
      normalized_section(*current, 0, current->text().size());
      return;
    }
    space_.inner.clear();
    parts_.normalized_added.cut(current->text(), keep_special_text, space_.inner);
    for (const AddedTokens::Section& section : space_.inner) {
      if (section.id == AddedTokens::none) {
        normalized_section(*current, section.begin, section.end);
      } else {
        const Origin origin = current->origin(section.begin, section.end);
        out_.push_back({section.id, origin.begin, origin.end});
      }
    }
  }

  void normalized_section(const AlignedText& base, std::size_t begin, std::size_t end) {
    if (begin == end) return;
    Pieces& pieces = space_.pieces;
    pieces.list.assign(1, {&base, begin, end});
    for (const auto& pre_tokenizer : parts_.pre_tokenizers) pre_tokenizer->apply(pieces);
    for (const Piece& piece : pieces.list) words(piece);
  }

  void words(const Piece& piece) {
    if (!parts_.model.splits_at_mark) return word(piece);
    const std::string_view text = piece.text();
    std::size_t begin = 0;
    while (begin < text.size()) {
      std::size_t end = begin;
      while (text.substr(end).starts_with(mark)) end += mark.size();
      end = std::min(text.find(mark, end), text.size());
      word({piece.base, piece.begin + begin, piece.begin + end});
      begin = end;
    }
  }

  void word(const Piece& piece) {
    const std::string_view text = piece.text();
    std::size_t count = 0;
    const bool kept = text.size() <= WordCache::longest_word;
    if (const WordToken* tokens = kept ? space_.cache.find(text, count) : nullptr) return emit(piece, tokens, count);
    space_.word.clear();
    if (parts_.unigram != nullptr) {
      parts_.unigram->encode(text, space_.word);
    } else {
      parts_.model.encode(text, space_.merge, space_.word);
    }
    if (kept) space_.cache.insert(text, space_.word.data(), space_.word.size());
    emit(piece, space_.word.data(), space_.word.size());
  }

  void emit(const Piece& piece, const WordToken* tokens, std::size_t count) {
    std::size_t at = piece.begin;
    for (std::size_t i = 0; i < count; ++i) {
      const Origin origin = piece.base->origin(at, at + tokens[i].length);
      out_.push_back({tokens[i].id, origin.begin, origin.end});
      at += tokens[i].length;
    }
  }

  const Tokenizer::Parts& parts_;
  Tokenizer::Parts::Space& space_;
  std::vector<Token>& out_;
};

std::vector<Token> encode_text(Tokenizer::Parts& parts, std::string_view text, bool add_special,
                               bool keep_special_text) {
  require_utf8(text, {});
  if (text.size() >= (std::size_t{1} << 32)) throw InputError("a text of 4 GiB or more", {}, "split it");
  std::vector<Token> out;
  out.reserve(text.size() / 3 + 8);
  if (add_special) {
    for (const std::int32_t id : parts.prefix) out.push_back({id, 0, 0});
  }
  std::unique_ptr<Tokenizer::Parts::Space> space = parts.borrow();
  Encoding(parts, *space, out).text(text, keep_special_text);
  parts.give_back(std::move(space));
  if (add_special) {
    for (const std::int32_t id : parts.suffix) out.push_back({id, text.size(), text.size()});
  }
  return out;
}

// Whether BOS and EOS go around a text, as the configuration beside a SentencePiece model says.
std::pair<bool, bool> marks_of(const std::filesystem::path& config) {
  std::pair<bool, bool> marks{true, false};
  if (!std::filesystem::exists(config)) return marks;
  const nlohmann::json tree = nlohmann::json::parse(read_file(config), nullptr, false);
  if (!tree.is_object()) throw InputError("malformed JSON", {config.string()}, "download the file again");
  const auto flag = [&](const char* key, bool& value) {
    const auto at = tree.find(key);
    if (at != tree.end() && at->is_boolean()) value = at->get<bool>();
  };
  flag("add_bos_token", marks.first);
  flag("add_eos_token", marks.second);
  return marks;
}

}  // namespace

std::unique_ptr<Tokenizer::Parts::Space> Tokenizer::Parts::borrow() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Space>();
  std::unique_ptr<Space> space = std::move(idle_.back());
  idle_.pop_back();
  return space;
}

void Tokenizer::Parts::give_back(std::unique_ptr<Space> space) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(space));
}

void Tokenizer::Parts::prepare() {
  for (const AddedToken& token : added) {
    added_texts.add(token.content, token.id);
    if (special.size() <= static_cast<std::size_t>(token.id)) special.resize(static_cast<std::size_t>(token.id) + 1);
    special[static_cast<std::size_t>(token.id)] = token.special;
    if (!token.normalized) {
      raw_added.add(token, token.content);
      continue;
    }
    std::deque<AlignedText> texts;
    texts.emplace_back(token.content, 0);
    for (const auto& normalizer : normalizers) {
      AlignedText& next = texts.emplace_back();
      normalizer->apply(texts[texts.size() - 2], next);
    }
    normalized_added.add(token, texts.back().text());
  }
  model.prepare();
}

Tokenizer::Tokenizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::from_file(const std::filesystem::path& tokenizer_json) {
  return Tokenizer(read_tokenizer_json(read_file(tokenizer_json), tokenizer_json.string()));
}

Tokenizer Tokenizer::from_folder(const std::filesystem::path& folder) {
  const bool is_folder = std::filesystem::is_directory(folder);
  if (is_folder && std::filesystem::exists(folder / "tokenizer.json")) return from_file(folder / "tokenizer.json");
  const std::filesystem::path file = is_folder ? folder / "tokenizer.model" : folder;
  if (file.extension() == ".model" && std::filesystem::exists(file)) {
    const std::string bytes = read_file(file);
    const auto [with_begin, with_end] = marks_of(file.parent_path() / "tokenizer_config.json");
    return Tokenizer(read_sentencepiece(bytes, file.string(), with_begin, with_end));
  }
  if (!is_folder) return from_file(folder);
  throw InputError("no tokenizer.json and no tokenizer.model", {folder.string()},
                   "download the model's tokenizer.json into this folder");
}

std::vector<Token> Tokenizer::encode(std::string_view text, bool add_special_tokens) const {
  return encode_text(*parts_, text, add_special_tokens, false);
}

std::vector<Token> Tokenizer::encode_plain(std::string_view text, bool add_special_tokens) const {
  return encode_text(*parts_, text, add_special_tokens, true);
}

std::string Tokenizer::decode(const std::vector<std::int32_t>& ids, bool skip_special) const {
  std::vector<std::string> tokens;
  for (const std::int32_t id : ids) {
    std::string token = id_to_token(id);
    if (!skip_special || !is_special(id)) tokens.push_back(std::move(token));
  }
  for (const auto& decoder : parts_->decoders) decoder->apply(tokens);
  std::string out;
  for (const std::string& token : tokens) {
    if (parts_->decoders.empty() && !out.empty()) out += ' ';
    out += token;
  }
  return out;
}

std::int32_t Tokenizer::vocabulary_size() const {
  return std::max(parts_->model.tokens.size(), parts_->added_texts.size());
}

std::optional<std::int32_t> Tokenizer::token_to_id(std::string_view token) const {
  const std::int32_t added = parts_->added_texts.find(token);
  const std::int32_t id = added != Vocabulary::none ? added : parts_->model.tokens.find(token);
  if (id == Vocabulary::none) return std::nullopt;
  return id;
}

std::string Tokenizer::id_to_token(std::int32_t id) const {
  if (parts_->added_texts.has(id)) return std::string(parts_->added_texts.text(id));
  if (parts_->model.tokens.has(id)) return std::string(parts_->model.tokens.text(id));
  throw InputError(concat("token id ", id, " is outside the vocabulary of ", vocabulary_size()), {},
                   "use ids of this tokenizer");
}

bool Tokenizer::is_special(std::int32_t id) const {
  return id >= 0 && static_cast<std::size_t>(id) < parts_->special.size() &&
         parts_->special[static_cast<std::size_t>(id)];
}

const std::vector<std::int32_t>& Tokenizer::prefix_ids() const { return parts_->prefix; }
const std::vector<std::int32_t>& Tokenizer::suffix_ids() const { return parts_->suffix; }

}  // namespace polyclinic
