#pragma once
// Added tokens ("<s>", "<|user|>", "\n\n") cut out of a text: leftmost first, the longest of those that begin there.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool single_word = false;  // only between characters that are no word characters
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // takes the white space after it along
  bool normalized = true;    // sought after normalisation
  bool special = false;
};

class AddedTokens {
 public:
  struct Section {
    std::int32_t id;  // an added token, or `none` for text between them
    std::size_t begin;
    std::size_t end;
  };
  static constexpr std::int32_t none = -1;

  // `content` is what is sought: the token's content, or its normalised form.
  void add(const AddedToken& token, std::string_view content);
  bool empty() const { return tokens_.empty(); }
  // Sections of a text in order. keep_special_text: special tokens stay text.
  void cut(std::string_view text, bool keep_special_text, std::vector<Section>& out) const;

 private:
  struct Edge {
    unsigned char byte;
    std::int32_t node;
  };
  struct Node {
    std::vector<Edge> edges;
    std::int32_t token = none;  // index into tokens_
  };
  // Index of the longest token that begins at `at` and its end, or none.
  std::int32_t longest(std::string_view text, std::size_t at, std::size_t& end) const;

  std::vector<AddedToken> tokens_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> begins_{};
};

}  // namespace polyclinic
