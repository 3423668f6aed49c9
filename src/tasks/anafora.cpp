#include "tasks/anafora.h"

#include <set>

#include <pugixml.hpp>

#include "core/concat.h"
#include "core/xml_text.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"
#include "tasks/strict_xml.h"

namespace polyclinic {
namespace {

// Text before the first child element, as ElementTree's .text.
OptionalText text_of(const pugi::xml_node& node) {
  std::string out;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) break;
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  }
  return out.empty() ? OptionalText() : OptionalText(out);
}

// findtext(): nothing without the element, "" for an empty one.
OptionalText find_text(const pugi::xml_node& node, const char* name) {
  const pugi::xml_node child = node.child(name);
  return child ? OptionalText(text_of(child).value_or("")) : OptionalText();
}

AnaforaAnnotation annotation_of(const pugi::xml_node& node, const Where& where) {
  const OptionalText id = find_text(node, "id"), type = find_text(node, "type");
  if (!type) {
    throw InputError(concat("annotation ", id.value_or("without id"), " has no type"), where,
                     "write <type>EVENT</type>, say");
  }
  AnaforaAnnotation out{id.value_or(kNoAnaforaId),
                        std::string_view(node.name()) == "relation",
                        *type,
                        find_text(node, "parentsType"),
                        find_text(node, "span"),
                        {},
                        where.line};
  for (const pugi::xml_node& property : node.child("properties").children()) {
    if (property.type() == pugi::node_element) out.properties[property.name()] = text_of(property);
  }
  return out;
}

void element(std::string& out, std::string_view indent, std::string_view name, const OptionalText& text) {
  if (!text) return;
  out += concat(indent, "<", name, ">");
  append_xml_escaped(out, *text);
  out += concat("</", name, ">\n");
}

bool reaches_itself(const AnaforaData& data, const AnaforaAnnotation& from, std::set<const AnaforaAnnotation*>& path) {
  if (!path.insert(&from).second) return true;
  for (const auto& [name, value] : from.properties) {
    const AnaforaAnnotation* next = data.find(value);
    if (next != nullptr && reaches_itself(data, *next, path)) return true;
  }
  path.erase(&from);
  return false;
}

}  // namespace

void AnaforaData::add(AnaforaAnnotation annotation) {
  place.emplace(annotation.id, annotations.size());
  annotations.push_back(std::move(annotation));
}

const AnaforaAnnotation* AnaforaData::find(const OptionalText& value) const {
  const auto found = place.find(value.value_or(kNoAnaforaId));
  return found == place.end() ? nullptr : &annotations[found->second];
}

const AnaforaAnnotation* AnaforaData::self_referential() const {
  for (const AnaforaAnnotation& annotation : annotations) {
    std::set<const AnaforaAnnotation*> path;
    if (reaches_itself(*this, annotation, path)) return &annotation;
  }
  return nullptr;
}

AnaforaData parse_anafora(const std::string& bytes, const std::filesystem::path& path) {
  require_strict_xml(bytes, {path.string()});
  pugi::xml_document document;
  const auto result = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  // Offsets are asked for in the file's order, so lines are counted once.
  Where here{path.string(), 1};
  std::size_t counted = 0;
  const auto where = [&](std::ptrdiff_t offset) {
    const auto byte = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)), bytes.size());
    for (; counted < byte; ++counted) here.line += bytes[counted] == '\n';
    return here;
  };
  if (!result) {
    throw InputError(concat("this is no XML: ", result.description()), where(result.offset), "mend or remove the file");
  }
  if (!document.document_element()) throw InputError("the file is empty", {path.string()}, "write <data></data>");
  AnaforaData data;
  for (const pugi::xml_node& node : document.document_element().child("annotations").children()) {
    if (node.type() != pugi::node_element) continue;
    const std::string_view tag = node.name();
    if (tag != "entity" && tag != "relation") {
      throw InputError(concat("<annotations> holds a <", tag, ">"), where(node.offset_debug()),
                       "only entity and relation may stand there");
    }
    AnaforaAnnotation annotation = annotation_of(node, where(node.offset_debug()));
    if (data.place.contains(annotation.id)) {
      const bool none = annotation.id == kNoAnaforaId;
      throw InputError(none ? "two annotations have no id" : concat("the id ", annotation.id, " is there twice"), here,
                       "give each annotation an id of its own");
    }
    data.add(std::move(annotation));
  }
  return data;
}

std::string anafora_text(const AnaforaData& data) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n<data>\n<annotations>\n";
  for (const AnaforaAnnotation& annotation : data.annotations) {
    const std::string_view tag = annotation.is_relation ? "relation" : "entity";
    out += concat("\n\t<", tag, ">\n");
    element(out, "\t\t", "id", annotation.id);
    element(out, "\t\t", "span", annotation.span);
    element(out, "\t\t", "type", annotation.type);
    element(out, "\t\t", "parentsType", annotation.parents_type);
    out += "\t\t<properties>\n";
    for (const auto& [name, value] : annotation.properties) element(out, "\t\t\t", name, value.value_or(""));
    out += concat("\t\t</properties>\n\t</", tag, ">\n");
  }
  return out + "\n</annotations>\n</data>\n";
}

std::optional<std::vector<std::pair<long long, long long>>> anafora_spans(const std::string& text) {
  std::vector<std::pair<long long, long long>> out;
  for (const std::string_view part : split(text, ';')) {
    const std::vector<std::string_view> ends = split(part, ',');
    if (ends.size() != 2) return std::nullopt;
    const auto begin = python_int(ends[0]), end = python_int(ends[1]);
    if (!begin || !end) return std::nullopt;
    out.emplace_back(*begin, *end);
  }
  return out;
}

}  // namespace polyclinic
