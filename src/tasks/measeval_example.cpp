#include "tasks/measeval_example.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "tasks/code_points.h"
#include "tasks/measeval_unit.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::optional<std::string>>& parts) {
  std::string out;
  for (const auto& part : parts) out += concat(out.empty() ? "" : ",", part.value_or(""));
  return out;
}

// {"mods": [...], "unit": "..."} of a quantity with this text. One that says nothing of its unit (a predicted one) has
// the unit that the text shows.
std::string quantity_json(const Mention& mention, std::string_view text) {
  Json other = Json::object();
  if (const auto found = mention.attributes.find("mods"); found != mention.attributes.end()) {
    other["mods"] = Json::array();
    std::size_t at = 0;
    while (at <= found->second.size()) {
      const std::size_t comma = std::min(found->second.find(',', at), found->second.size());
      if (comma > at) other["mods"].push_back(found->second.substr(at, comma - at));
      at = comma + 1;
    }
  }
  const auto stated = mention.attributes.find("unit");
  const std::string unit = stated == mention.attributes.end() ? unit_shown(text) : stated->second;
  if (!unit.empty()) other["unit"] = unit;
  return other.empty() ? "" : other.dump();
}

bool is_link(const std::string& type) { return type == "HasQuantity" || type == "HasProperty" || type == "Qualifies"; }

// Quantities that a mention leads to over its relations; the first step is the row's own relation.
std::set<std::size_t> quantities_of(const Example& example, std::size_t mention, int depth = 0) {
  if (example.mentions[mention].type == "Quantity") return {mention};
  std::set<std::size_t> out;
  if (depth > 3) return out;
  for (const Relation& r : example.relations) {
    if (r.source != mention || !is_link(r.type)) continue;
    for (const std::size_t q : quantities_of(example, r.target, depth + 1)) out.insert(q);
  }
  return out;
}

}  // namespace

Example measeval_example(const std::vector<MeasEvalRow>& rows, std::string id, std::string text,
                         const std::string& file, Diagnostics& diagnostics) {
  Example out;
  out.id = std::move(id);
  out.text = std::move(text);
  const CodePoints points(out.text);
  std::map<std::pair<long long, std::string>, std::size_t> place;
  std::map<std::string, std::size_t> anywhere;
  std::vector<const MeasEvalRow*> kept;
  for (const MeasEvalRow& row : rows) {
    const Where where{file, row.line};
    if (row.document != out.id) {
      diagnostics.error(concat("docId '", row.document, "' is not the file's name"), where, concat("write ", out.id));
      continue;
    }
    if (row.begin < 0 || row.begin >= row.end || static_cast<std::size_t>(row.end) > points.size()) {
      diagnostics.error(concat("the span ", row.begin, "..", row.end, " is outside of the text (", points.size(), ")"),
                        where, "correct the offsets");
      continue;
    }
    const Span span{static_cast<std::size_t>(row.begin), static_cast<std::size_t>(row.end)};
    if (points.slice(span) != row.text) {
      diagnostics.error(concat("the text is '", row.text, "' and its span holds '", points.slice(span), "'"), where,
                        "correct the offsets or the text");
      continue;
    }
    place[{row.set, row.id}] = anywhere[row.id] = out.mentions.size();
    Mention mention{row.id, row.type, {span}, {}, {}};
    if (row.type == "Quantity") mention.attributes["unit"] = measeval_unit(row).value_or("");
    if (auto modifiers = measeval_modifiers(row); !modifiers.empty()) {
      std::sort(modifiers.begin(), modifiers.end());
      mention.attributes["mods"] = joined(modifiers);
    }
    out.mentions.push_back(std::move(mention));
    kept.push_back(&row);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto link = measeval_link(*kept[i]);
    if (!link) continue;
    const auto own = place.find({kept[i]->set, link->target});
    const auto other = anywhere.find(link->target);
    if (own == place.end() && other == anywhere.end()) {
      diagnostics.error(concat(kept[i]->id, " refers to ", link->target, ", which is not there"), {file, kept[i]->line},
                        "name an annotId of the same set");
      continue;
    }
    out.relations.push_back({"", link->name, i, own == place.end() ? other->second : own->second});
  }
  return out;
}

std::vector<MeasEvalRow> measeval_rows(const Example& example) {
  const CodePoints points(example.text);
  std::vector<MeasEvalRow> out;
  long long set = 0;
  for (std::size_t q = 0; q < example.mentions.size(); ++q) {
    if (example.mentions[q].type != "Quantity") continue;
    ++set;
    std::vector<std::size_t> members = {q};
    for (std::size_t m = 0; m < example.mentions.size(); ++m) {
      if (m != q && example.mentions[m].type != "Quantity" && quantities_of(example, m).contains(q))
        members.push_back(m);
    }
    const auto id_of = [&](std::size_t m) {
      const auto at = std::find(members.begin(), members.end(), m);
      return concat("T", at - members.begin() + 1, "-", set);
    };
    for (const std::size_t m : members) {
      const Mention& mention = example.mentions[m];
      MeasEvalRow row{example.id,
                      set,
                      mention.type,
                      static_cast<long long>(mention.fragments.front().begin),
                      static_cast<long long>(mention.fragments.back().end),
                      id_of(m),
                      "",
                      "",
                      "",
                      0};
      row.text = points.slice(mention.fragments.front().begin, mention.fragments.back().end);
      if (mention.type == "Quantity") row.other = quantity_json(mention, row.text);
      for (const Relation& r : example.relations) {
        const bool here = std::find(members.begin(), members.end(), r.target) != members.end();
        if (r.source != m || !is_link(r.type) || !here || !row.other.empty()) continue;
        row.other = Json{{r.type, id_of(r.target)}}.dump();
      }
      if (mention.type != "Quantity" && row.other.empty()) continue;
      out.push_back(std::move(row));
    }
  }
  return out;
}

void add_shown_units(Example& example) {
  const OffsetMap offsets(example.text);
  for (Mention& mention : example.mentions) {
    if (mention.type != "Quantity" || mention.fragments.empty() || mention.attributes.contains("unit")) continue;
    const std::size_t begin = offsets.to_byte(mention.fragments.front().begin);
    const std::size_t end = offsets.to_byte(mention.fragments.back().end);
    std::string unit = unit_shown(std::string_view(example.text).substr(begin, end - begin));
    if (!unit.empty()) mention.attributes["unit"] = std::move(unit);
  }
}

std::string format_measeval_rows(const std::vector<MeasEvalRow>& rows) {
  std::string out = "docId\tannotSet\tannotType\tstartOffset\tendOffset\tannotId\ttext\tother\n";
  for (const MeasEvalRow& r : rows) {
    out += concat(r.document, "\t", r.set, "\t", r.type, "\t", r.begin, "\t", r.end, "\t", r.id, "\t", r.text, "\t",
                  r.other, "\n");
  }
  return out;
}

}  // namespace polyclinic
