// What a head predicts of mentions that it is given does not depend on what else the example says of them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/head_probe.h"
#include "support/temporary_folder.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

constexpr std::int64_t kWidth = 8;

std::string text_of(const Example& example) {
  nlohmann::json mentions = nlohmann::json::array(), relations = nlohmann::json::array();
  for (const Mention& m : example.mentions) mentions.push_back({m.type, m.attributes, m.concept_id});
  for (const Relation& r : example.relations) relations.push_back({r.type, r.source, r.target});
  return nlohmann::json({mentions, relations}).dump();
}

Example predicted(const Head& head, const Tokenizer& tokenizer, Example example) {
  HeadCounts counts;
  const auto encoded = head.encode(example, tokenizer, false, counts);
  EXPECT_EQ(counts.gold, 0);
  const at::Tensor hidden = random_tensor({rows_of({encoded.get()}), kWidth}, 1, 99);
  head.decode(*encoded, head.predict(batch_of({encoded.get()}, hidden)), example);
  return example;
}

TEST(Heads, IgnoreGoldInPrediction) {
  const TemporaryFolder folder;
  SynthOptions options;
  options.notes = 12;
  options.out = folder.path();
  write_synth(options);
  const Tokenizer& tokenizer = tiny_tokenizer();
  const std::pair<const char*, const char*> heads[] = {{"relation", "semeval2021t6"},
                                                       {"temporal", "semeval2016t12"},
                                                       {"normalisation", "semeval2014t7"},
                                                       {"slots", "semeval2015t14"}};
  for (const auto& [name, task] : heads) {
    Diagnostics diagnostics;
    const TaskData data{folder.path() / task, "", "", {}};
    HeadOptions head_options;
    head_options.hidden_size = kWidth;
    head_options.terminology = (folder.path() / "terminology" / "MRCONSO.RRF").string();
    const auto head = make_head(name, head_options);
    head->prepare(find_task(task).read(data, "train", diagnostics).examples);
    std::vector<at::Tensor> tensors;
    for (const HeadParameter& parameter : head->parameters()) {
      tensors.push_back(random_tensor(parameter.shape, 0.5, tensors.size()));
    }
    head->bind(tensors);
    bool says_anything = false;
    for (const Example& gold : find_task(task).read(data, "test", diagnostics).examples) {
      Example bare = gold, noisy = gold;
      bare.relations.clear(), noisy.relations.clear();
      for (Mention& mention : bare.mentions) mention.attributes.clear(), mention.concept_id.clear();
      for (Mention& mention : noisy.mentions) {
        mention.attributes = {
            {"negation", "yes"}, {"negation.span", "0-1"}, {"bodyloc", "C1234567"}, {"DocTimeRel", "AFTER"}};
        mention.concept_id = "C1234567";
      }
      if (noisy.mentions.size() > 1) noisy.relations = {{"R1", "Treats", 0, 1}, {"R2", "CONTAINS", 1, 0}};
      const std::string from_bare = text_of(predicted(*head, tokenizer, bare));
      says_anything |= from_bare != text_of(bare);
      // Values that a head does not speak of stay as they are: compare what it says, on a bare copy.
      Example from_noisy = predicted(*head, tokenizer, noisy);
      if (std::string(name) == "normalisation" || std::string(name) == "relation") {
        for (Mention& mention : from_noisy.mentions) mention.attributes.clear();
      }
      for (Mention& mention : from_noisy.mentions) {
        if (std::string(name) != "normalisation") mention.concept_id.clear();
        if (std::string(name) != "temporal") continue;
        for (const char* slot : {"negation", "negation.span", "bodyloc"}) mention.attributes.erase(slot);
        if (mention.type != "EVENT") mention.attributes.erase("DocTimeRel");
      }
      if (std::string(name) == "normalisation" || std::string(name) == "slots") from_noisy.relations.clear();
      EXPECT_EQ(text_of(from_noisy), from_bare) << name << " " << gold.id;
    }
    EXPECT_TRUE(says_anything) << name;
  }
}

}  // namespace
}  // namespace polyclinic
