// A SentencePiece `tokenizer.model`: the message ModelProto of sentencepiece_model.proto, field by field. Unigram and
// BPE models; what is not built is refused with a word.
#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "text/sentencepiece_normalizer.h"
#include "text/tokenizer_parts.h"
#include "text/utf8.h"
#include "text/wire_format.h"

namespace polyclinic {
namespace {

constexpr std::string_view mark = "\xE2\x96\x81";  // "▁"
constexpr std::size_t longest_piece = 1024;        // bytes; far above what a trainer makes
constexpr std::size_t most_pieces = std::size_t{1} << 24;
const char* const mend = "convert it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of transformers";

enum class PieceType { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
enum class ModelType { unigram = 1, byte_pair = 2 };

struct SentencePiece {
  std::string_view text;
  float score = 0.0F;
  PieceType type = PieceType::normal;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file)
      : bytes_(bytes), file_(file), parts_(std::make_unique<Tokenizer::Parts>()) {}

  std::unique_ptr<Tokenizer::Parts> read(bool with_begin, bool with_end) {
    messages();
    vocabulary();
    if (type_ == static_cast<std::uint64_t>(ModelType::unigram)) {
      unigram();
    } else {
      merges();
    }
    rules_.kept = PrefixTable(user_defined_);
    decoders();
    parts_->normalizers.push_back(sentencepiece_normalizer(std::move(rules_)));
    special(with_begin ? begin_ : -1, parts_->prefix);
    special(with_end ? end_ : -1, parts_->suffix);
    parts_->prepare();
    return std::move(parts_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(what, {.file = file_}, mend); }

  void messages() {
    WireMessage message(bytes_, file_);
    while (message.next()) {
      if (message.number() == 1) {
        piece(message.message());
      } else if (message.number() == 2) {
        trainer(message.message());
      } else if (message.number() == 3) {
        normalizer(message.message());
      }  // 4: its own test data; 5: what decoding would map back
    }
    if (pieces_.empty()) message.fail("it has no piece");
  }

  void piece(WireMessage message) {
    SentencePiece piece;
    while (message.next()) {
      if (message.number() == 1) piece.text = message.bytes();
      if (message.number() == 2) piece.score = message.real();
      if (message.number() == 3) piece.type = static_cast<PieceType>(message.integer());
    }
    if (pieces_.size() == most_pieces) refuse("more than 16 million pieces");
    if (piece.text.empty()) message.fail(concat("piece ", pieces_.size(), " is empty"));
    if (piece.text.size() > longest_piece) refuse(concat("piece ", pieces_.size(), " is longer than 1024 bytes"));
    if (piece.type < PieceType::normal || piece.type > PieceType::byte || piece.type == PieceType::unused) {
      refuse(concat("piece ", pieces_.size(), " is of a type that is not built"));
    }
    if (!(piece.score > -1e30F && piece.score < 1e30F)) message.fail(concat("piece ", pieces_.size(), " has no score"));
    require_utf8(piece.text, {.file = file_});
    pieces_.push_back(piece);
  }

  void trainer(WireMessage message) {
    while (message.next()) {
      const auto id = [&] { return static_cast<std::int32_t>(static_cast<std::int64_t>(message.integer())); };
      if (message.number() == 3) type_ = message.integer();
      if (message.number() == 24 && message.integer() != 0) refuse("white space as a suffix is not built");
      if (message.number() == 35) byte_fallback_ = message.integer() != 0;
      if (message.number() == 41) begin_ = id();
      if (message.number() == 42) end_ = id();
    }
    if (type_ != static_cast<std::uint64_t>(ModelType::unigram) &&
        type_ != static_cast<std::uint64_t>(ModelType::byte_pair)) {
      refuse(concat("model type ", type_, " is not built, only unigram and BPE"));
    }
  }

  void normalizer(WireMessage message) {
    while (message.next()) {
      if (message.number() == 2 && !message.bytes().empty()) {
        rules_.map = CharacterMap(message.bytes(), {.file = file_, .key = "normalizer_spec.precompiled_charsmap"});
      }
      if (message.number() == 3) rules_.dummy_prefix = message.integer() != 0;
      if (message.number() == 4) rules_.remove_extra_blanks = message.integer() != 0;
      if (message.number() == 5 && message.integer() == 0) refuse("blanks that are not escaped are not built");
    }
  }

  void vocabulary() {
    Vocabulary& tokens = parts_->model.tokens;
    tokens.reserve(pieces_.size(), bytes_.size());
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const SentencePiece& piece = pieces_[i];
      const auto id = static_cast<std::int32_t>(i);
      if (tokens.find(piece.text) != Vocabulary::none) refuse(concat("piece ", i, " stands there twice"));
      tokens.add(piece.text, id);
      if (piece.type == PieceType::unknown) parts_->model.unknown = id;
      if (piece.type == PieceType::user_defined) user_defined_.push_back({std::string(piece.text), id});
      const bool special = piece.type == PieceType::unknown || piece.type == PieceType::control;
      if (special && code_point_at(piece.text, 0).length == piece.text.size()) {
        refuse(concat("piece ", i, " is a control symbol of one character, which is not built"));
      }
      if (special ||
          (piece.type == PieceType::user_defined && type_ == static_cast<std::uint64_t>(ModelType::byte_pair))) {
        AddedToken added;
        added.id = id;
        added.content = piece.text;
        added.normalized = !special;
        added.special = special;
        if (special) {
          parts_->added.push_back(std::move(added));
        } else {
          parts_->normalized_added.add(added, piece.text);  // as it is spelt: "▁▁" is two blanks
        }
      }
    }
    if (parts_->model.unknown == Vocabulary::none) refuse("no piece stands for the unknown");
    byte_pieces();
  }

  void byte_pieces() {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (unsigned byte = 0; byte_fallback_ && byte < 256; ++byte) {
      const std::string name{'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
      const std::int32_t id = parts_->model.tokens.find(name);
      if (id == Vocabulary::none || type_of(id) != PieceType::byte) refuse(concat("it has no piece for byte ", byte));
      byte_ids_[byte] = id;
    }
  }

  PieceType type_of(std::int32_t id) const { return pieces_[static_cast<std::size_t>(id)].type; }

  void unigram() {
    parts_->unigram = std::make_unique<UnigramModel>();
    UnigramModel& model = *parts_->unigram;
    std::vector<PrefixTable::Entry> entries;
    bool first = true;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const SentencePiece& piece = pieces_[i];
      const bool normal = piece.type == PieceType::normal;
      model.scores.push_back(piece.score);
      model.user_defined.push_back(piece.type == PieceType::user_defined);
      if (normal || piece.type == PieceType::user_defined) {
        entries.push_back({std::string(piece.text), static_cast<std::int32_t>(i)});
      }
      model.highest = i == 0 ? piece.score : std::max(model.highest, piece.score);
      if (!normal) continue;
      model.lowest = first ? piece.score : std::min(model.lowest, piece.score);
      first = false;
    }
    model.pieces = PrefixTable(std::move(entries));
    model.unknown = parts_->model.unknown;
    model.byte_fallback = byte_fallback_;
    model.byte_ids = byte_ids_;
  }

  // Two neighbours become the piece that they spell, best score first: every cut of a piece is a merge of its rank.
  void merges() {
    BytePairModel& model = parts_->model;
    model.byte_fallback = byte_fallback_;
    model.fuse_unknown = true;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].type == PieceType::normal) order.push_back(i);
    }
    const auto better = [&](std::size_t a, std::size_t b) { return pieces_[a].score > pieces_[b].score; };
    std::stable_sort(order.begin(), order.end(), better);
    std::int32_t rank = 0;
    model.splits_at_mark = model.tokens.find(mark) != Vocabulary::none;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0 && better(order[i - 1], order[i])) ++rank;  // equal scores: the leftmost pair, whichever it makes
      cuts(order[i], rank);
    }
  }

  void cuts(std::size_t index, std::int32_t rank) {
    BytePairModel& model = parts_->model;
    const std::string_view text = pieces_[index].text;
    for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length) {
      if (model.tokens.find(text.substr(at, code_point_at(text, at).length)) == Vocabulary::none) {
        refuse(concat("piece ", index, " has a character that is no piece"));
      }
      if (at == 0) continue;
      const std::int32_t left = model.tokens.find(text.substr(0, at)), right = model.tokens.find(text.substr(at));
      if (left == Vocabulary::none || right == Vocabulary::none) continue;
      if (type_of(left) != PieceType::normal || type_of(right) != PieceType::normal) continue;
      model.merges.add(left, right, {rank, static_cast<std::int32_t>(index)});
      if (text.substr(at).starts_with(mark) && !text.substr(0, at).ends_with(mark)) model.splits_at_mark = false;
    }
  }

  void decoders() {
    auto& list = parts_->decoders;
    list.push_back(replace_decoder(literal_pattern(std::string(mark)), " "));
    if (byte_fallback_) list.push_back(byte_fallback_decoder());
    list.push_back(fuse_decoder());
    if (rules_.dummy_prefix) list.push_back(strip_decoder(" ", 1, 0));
  }

  void special(std::int32_t id, std::vector<std::int32_t>& out) const {
    const bool there = id >= 0 && static_cast<std::size_t>(id) < pieces_.size();
    if (there && type_of(id) == PieceType::control) out.push_back(id);
  }

  std::string_view bytes_;
  const std::string& file_;
  std::unique_ptr<Tokenizer::Parts> parts_;
  std::vector<SentencePiece> pieces_;
  std::vector<PrefixTable::Entry> user_defined_;
  SentencePieceNormalization rules_;
  std::array<std::int32_t, 256> byte_ids_{};
  std::uint64_t type_ = 1;
  std::int32_t begin_ = 1, end_ = 2;
  bool byte_fallback_ = false;
};

}  // namespace

std::unique_ptr<Tokenizer::Parts> read_sentencepiece(std::string_view bytes, const std::string& file, bool with_begin,
                                                     bool with_end) {
  return Reader(bytes, file).read(with_begin, with_end);
}

}  // namespace polyclinic
