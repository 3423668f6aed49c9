#pragma once
// Text to token ids with byte-exact offsets, equal to HF `tokenizers` 0.23 for the BPE files of the six models and to
// SentencePiece 0.2 for a `tokenizer.model`.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// begin and end are byte offsets into the ORIGINAL text, end-exclusive; they never decrease along an encoding.
// - A token of whole characters covers exactly those characters, under any normaliser.
// - Byte tokens (byte fallback `<0xE2>`, byte level) of a character that no normaliser changed cover exactly their own
//   bytes; of a changed character, the whole original character.
// - What stands for no text has begin == end: special tokens of the post-processor (0 before the text, text.size()
//   after it) and a token that is only a mark which the tokenizer itself prepends ("▁").
// HF's character offsets follow by one rule: the characters that hold the bytes begin and end - 1. Two HF habits
// differ: a prepended mark claims the next character, and special tokens after the text say (0, 0).
struct Token {
  std::int32_t id;
  std::size_t begin;
  std::size_t end;
  bool operator==(const Token&) const = default;
};

class Tokenizer {
 public:
  // A `tokenizer.json`. InputError with file, key and mend when it is malformed or asks for a part that is not built.
  // Its truncation and padding are not applied: windows are cut by src/data.
  static Tokenizer from_file(const std::filesystem::path& tokenizer_json);
  // A model folder with a tokenizer.json or else a SentencePiece tokenizer.model, or one of these files itself. The
  // latter puts BOS before a text and no EOS after it, unless add_bos_token and add_eos_token of a
  // tokenizer_config.json beside it say otherwise; its control symbols are added tokens, as for HF.
  static Tokenizer from_folder(const std::filesystem::path& folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // `text` must be valid UTF-8, else InputError with the byte offset. Added tokens inside the text (such as "<s>") are
  // cut out as HF does; add_special_tokens applies the post-processor (BOS). May be called from several threads.
  std::vector<Token> encode(std::string_view text, bool add_special_tokens) const;
  // As encode, without added tokens inside the text: "<s>" in a note is then plain text.
  std::vector<Token> encode_plain(std::string_view text, bool add_special_tokens) const;
  // The text of ids; bytes that form no character become U+FFFD. InputError for an id outside the vocabulary.
  std::string decode(const std::vector<std::int32_t>& ids, bool skip_special) const;

  std::int32_t vocabulary_size() const;  // highest id + 1, added tokens included
  std::optional<std::int32_t> token_to_id(std::string_view token) const;
  std::string id_to_token(std::int32_t id) const;  // as the file spells it ("Ġthe"); InputError outside the vocabulary
  bool is_special(std::int32_t id) const;          // an added token marked `special`
  // Ids that the post-processor puts before and after the text of one sequence.
  const std::vector<std::int32_t>& prefix_ids() const;
  const std::vector<std::int32_t>& suffix_ids() const;

  struct Parts;  // internal

 private:
  explicit Tokenizer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace polyclinic
