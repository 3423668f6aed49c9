// Any bytes are a tree, or one clear refusal; a tree can be printed, resolved and checked against the schema. What the
// subset reader takes, the full one takes too, to the same tree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/compose.h"
#include "config/schema.h"
#include "config/yaml_read.h"
#include "config/yaml_subset.h"
#include "config/yaml_write.h"
#include "core/error.h"

namespace {

bool same(const polyclinic::Node& a, const polyclinic::Node& b) {
  if (a.origin().line != b.origin().line || a.kind() != b.kind() || a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    const auto &x = a.entries()[i], &y = b.entries()[i];
    if (!(x.key == y.key) || !same(*x.node, *y.node)) return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!same(*a.items()[i], *b.items()[i])) return false;
  }
  return a.is_container() || polyclinic::same_content(a, b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const polyclinic::NodePtr quick = polyclinic::read_yaml_subset(text, "fuzz.yaml");
  bool reading = true;
  try {
    const polyclinic::NodePtr tree = polyclinic::read_yaml_fully(text, "fuzz.yaml");
    reading = false;
    if (quick && !same(*quick, *tree)) std::abort();
    polyclinic::write_yaml(*tree);
    const polyclinic::NodePtr plain = polyclinic::resolved(*tree, nullptr, 0);
    polyclinic::decode_study(*plain);
  } catch (const polyclinic::InputError&) {
    if (quick && reading) std::abort();
  }
  return 0;
}
