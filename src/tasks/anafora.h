#pragma once
// Anafora stand-off XML, read as anaforatools reads it: only the first <annotations> child of the root, and of it the
// direct children <entity> and <relation>; text is never stripped.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"

namespace polyclinic {

using OptionalText = std::optional<std::string>;

inline constexpr const char* kNoAnaforaId = "\x01none";  // no text of a file

struct AnaforaAnnotation {
  std::string id;  // kNoAnaforaId without an <id>: anaforatools takes one such annotation a file
  bool is_relation = false;
  std::string type;
  OptionalText parents_type;
  OptionalText span;                               // as written; nothing when the element is absent
  std::map<std::string, OptionalText> properties;  // nothing: an empty element. The last of equal names counts
  int line = 0;
};

struct AnaforaData {
  std::vector<AnaforaAnnotation> annotations;
  std::unordered_map<std::string, std::size_t> place;  // of an id

  void add(AnaforaAnnotation annotation);
  // The annotation that a property value names (an empty one names the annotation without an id), or nothing when it is
  // plain text.
  const AnaforaAnnotation* find(const OptionalText& value) const;
  // An annotation that reaches itself through its properties, or nothing.
  const AnaforaAnnotation* self_referential() const;
};

// InputError where anaforatools raises: bad XML, another child than entity and relation, a repeated id.
AnaforaData parse_anafora(const std::string& bytes, const std::filesystem::path& path);

// One entry a document: "<data>", header, entities and relations as in the THYME files.
std::string anafora_text(const AnaforaData& data);

// The pairs of "start,end;start,end"; nothing when a number is none.
std::optional<std::vector<std::pair<long long, long long>>> anafora_spans(const std::string& text);

}  // namespace polyclinic
