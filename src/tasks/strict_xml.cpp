#include "tasks/strict_xml.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/concat.h"
#include "tasks/perl_text.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Walk {
 public:
  Walk(std::string_view text, const Where& where) : text_(text), where_(where) {}

  void run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '<') {
        markup();
      } else {
        const std::size_t end = std::min(text_.find('<', at_), text_.size());
        characters(text_.substr(at_, end - at_));
        at_ = end;
      }
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    Where here = where_;
    here.line = 1 + static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    throw InputError(concat("this is no XML: ", what), here, "mend or remove the file");
  }

  bool skips(std::string_view opening, std::string_view closing) {
    if (!text_.substr(at_).starts_with(opening)) return false;
    const std::size_t end = text_.find(closing, at_ + opening.size());
    at_ = end == std::string_view::npos ? text_.size() : end + closing.size();
    return true;
  }

  void markup() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<?xml") && rest.size() > 5 && is_blank(rest[5]) && at_ > 0) {
      refuse("the XML declaration is not at its beginning");
    }
    if (rest.starts_with("<!DOCTYPE")) return declared_type();
    if (rest.starts_with("<![CDATA[") && depth_ == 0) refuse("text beside the root element");
    if (skips("<!--", "-->") || skips("<![CDATA[", "]]>") || skips("<?", "?>")) return;
    tag();
  }

  void declared_type() {
    own_entities_ = true;
    int brackets = 0;
    for (; at_ < text_.size(); ++at_) {
      brackets += text_[at_] == '[' ? 1 : text_[at_] == ']' ? -1 : 0;
      if (text_[at_] == '>' && brackets == 0) break;
    }
    ++at_;
  }

  void tag() {
    const bool closing = text_.substr(at_).starts_with("</");
    if (!closing && depth_ == 0 && std::exchange(rooted_, true)) refuse("a second root element");
    char quote = 0;
    std::size_t end = at_ + 1, value = 0;
    for (; end < text_.size() && (quote != 0 || text_[end] != '>'); ++end) {
      const char c = text_[end];
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        value = end + 1;
      } else if (c == quote) {
        references(text_.substr(value, end - value));
        quote = 0;
      }
    }
    const bool empty = end > at_ && end < text_.size() && text_[end - 1] == '/';
    depth_ += closing ? -1 : empty ? 0 : 1;
    at_ = end + 1;
  }

  void characters(std::string_view text) {
    if (depth_ == 0) {
      const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
      if (first == text.end()) return;
      at_ += static_cast<std::size_t>(first - text.begin());
      refuse("text beside the root element");
    }
    if (text.find("]]>") != std::string_view::npos) refuse("']]>' in text");
    references(text);
  }

  void references(std::string_view text) const {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_blank(c); };
    if (std::any_of(text.begin(), text.end(), control)) refuse("a control character");
    for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
      const std::string_view name = text.substr(at + 1, text.find(';', at) - at - 1);
      const bool ended = text.find(';', at) != std::string_view::npos;
      if (ended && (is_number(name) || own_entities_ || std::count(kKnown.begin(), kKnown.end(), name) > 0)) continue;
      refuse(concat("'&", name.substr(0, 20), "' is no entity that it knows"));
    }
  }

  static bool is_number(std::string_view name) {
    if (!name.starts_with('#')) return false;
    const bool hexadecimal = name.starts_with("#x");
    name.remove_prefix(hexadecimal ? 2 : 1);
    return !name.empty() &&
           name.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") == std::string_view::npos;
  }

  static constexpr std::array<std::string_view, 5> kKnown = {"amp", "lt", "gt", "quot", "apos"};
  std::string_view text_;
  const Where& where_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool rooted_ = false, own_entities_ = false;
};

bool is_utf8(std::string_view text) {
  if (!text.starts_with("<?xml")) return true;
  const std::string head = ascii_lower(text.substr(0, text.find("?>")));
  const std::size_t name = head.find("encoding");
  return name == std::string::npos || head.find("utf-8", name) != std::string::npos ||
         head.find("us-ascii", name) != std::string::npos;
}

bool declares_utf16(const std::string& head) {
  const std::size_t name = head.find("encoding");
  return name == std::string::npos || name > head.find("?>") || ascii_lower(head).find("utf-16") != std::string::npos;
}

}  // namespace

void require_strict_xml(std::string_view bytes, const Where& where) {
  if (bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE")) {
    std::string head(bytes.substr(2, 200));
    std::erase(head, '\0');
    if (declares_utf16(head)) return;
    throw InputError("this is no XML: it is in UTF-16 and declares another encoding", where, "save it as UTF-8");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (is_utf8(bytes)) require_utf8(bytes, where);
  Walk(bytes, where).run();
}

}  // namespace polyclinic
