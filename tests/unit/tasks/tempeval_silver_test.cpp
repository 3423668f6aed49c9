#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "tasks/code_points.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

TEST(TempevalSilver, ReadsByteOffsets) {  // counts of a Python reading of the files' bytes
  POLYCLINIC_NEEDS_SHARED(folder, "data/tempeval_silver");
  Diagnostics strict;
  std::size_t documents = 0, entities = 0, relations = 0, odd = 0;
  for (const char* split : {"train", "test"}) {
    TaskData data;
    data.folder = folder;
    for (const Example& note : find_task("tempeval_silver").read(data, split, strict).examples) {
      ++documents;
      entities += note.mentions.size();
      relations += note.relations.size();
      const CodePoints points(note.text);
      for (const Mention& mention : note.mentions) {
        for (const Span& span : mention.fragments) {  // whole words: a count of characters would cut them
          const std::string_view text = points.slice(span);
          odd += text.empty() || text.front() == ' ' || text.back() == ' ' ? 1 : 0;
        }
      }
    }
  }
  EXPECT_EQ(documents, 10u);
  EXPECT_EQ(entities, 577u);
  EXPECT_EQ(relations, 193u);
  EXPECT_EQ(odd, 0u);
}

}  // namespace
}  // namespace polyclinic
