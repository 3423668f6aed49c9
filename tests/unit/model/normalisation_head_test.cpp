#include <gtest/gtest.h>

#include <cmath>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/heads/concept_scorer.h"
#include "support/head_probe.h"
#include "support/temporary_folder.h"
#include "support/tiny_tokenizer.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

Example note(const std::string& id, const std::string& first, const std::string& second) {
  Example example;
  example.id = id;
  //              0         1         2         3
  //              0123456789012345678901234567890123
  example.text = "Renal failure and knee pain today.";
  example.mentions = {{"T1", "Disease_Disorder", {{0, 13}}, {}, first},
                      {"T2", "Disease_Disorder", {{18, 27}}, {}, second}};
  return example;
}

std::unique_ptr<Head> normalisation_head(std::int64_t width, const std::vector<Example>& training,
                                         const std::string& terminology = "") {
  HeadOptions options;
  options.terminology = terminology;
  return prepared_head("normalisation", width, training, options);
}

const std::vector<Example> kTraining = {note("a", "C0000001", "CUI-less"), note("b", "c0000001", "CUI-less")};

// Each document sees the other's word alone. "renal failure": C0000001 with share 1, equal, similarity 1 (prior
// 4 + 4 + 2) against CUI-less (prior 4). "knee pain": CUI-less with share 1 (prior 8), and the one other concept with a
// similarity of 0: no shared trigram, so no candidate.
TEST(NormalisationHead, LossOfEvenWeightsByHand) {
  const auto head = normalisation_head(8, kTraining);
  HeadCounts counts;
  const auto encoded = head->encode(kTraining[0], tiny_tokenizer(), true, counts);
  EXPECT_EQ(encoded->units, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(counts.gold, 2);
  EXPECT_EQ(counts.lost, 0);
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), std::log(1 + std::exp(4.0 - 10.0)), 1e-5);
  // A weight of -0.1 on "is a name" takes 1 off the named candidate.
  planted.set("concept.features", {0, 0}, -0.1);
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), std::log(1 + std::exp(4.0 - 9.0)), 1e-5);
}

// What only this document says of a name is unknown to it in training, and known in prediction.
TEST(NormalisationHead, ADocumentDoesNotTeachItself) {
  const std::vector<Example> training = {note("a", "C0000001", "CUI-less"), note("b", "C0000001", "C0000007")};
  const auto head = normalisation_head(8, training);
  HeadCounts counts;
  head->encode(training[1], tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.lost, 1);  // "knee pain" is C0000007 here alone
  Example input = training[1];
  for (Mention& mention : input.mentions) mention.concept_id.clear();
  const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
  PlantedHead planted(*head);
  Example found = input;
  head->decode(*encoded,
               head->predict(batch_of({encoded.get()}, at::zeros({rows_of({encoded.get()}), 8}, at::kDouble))), found);
  EXPECT_EQ(found.mentions[0].concept_id, "C0000001");
  EXPECT_EQ(found.mentions[1].concept_id, "C0000007");  // 4 x 1/2 + 4 + 2 against 4 x 1/2 + 4
}

TEST(NormalisationHead, GradientsAreThoseOfTheLoss) {
  const std::vector<Example> training = {note("a", "C0000001", "CUI-less"), note("b", "C0000001", "C0000007"),
                                         note("c", "C0000002", "C0000007")};
  const auto head = normalisation_head(6, training);
  HeadCounts counts;
  const auto one = head->encode(training[0], tiny_tokenizer(), true, counts);
  const auto two = head->encode(training[2], tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 6);
}

TEST(NormalisationHead, RefusesAnotherTerminology) {
  const TemporaryFolder folder;
  const auto row = [](const char* cui, const char* name) {
    return concat(cui, "|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|", name, "|0|N||\n");
  };
  write_file_atomic(folder.path() / "one.RRF", row("C0000005", "knee pain"));
  write_file_atomic(folder.path() / "two.RRF", row("C0000006", "knee pain"));
  const auto head = normalisation_head(8, kTraining, (folder.path() / "one.RRF").string());
  HeadOptions options;
  options.hidden_size = 8;
  options.terminology = (folder.path() / "one.RRF").string();
  const nlohmann::json inventory = nlohmann::json::parse(head->inventory().dump());
  const auto same = make_head("normalisation", options);
  same->restore(inventory);
  EXPECT_EQ(same->inventory(), head->inventory());
  options.terminology = (folder.path() / "two.RRF").string();
  EXPECT_THROW(make_head("normalisation", options)->restore(inventory), FailedError);
}

// Of the made-up disorders' concepts, which of test are candidates with the terminology file, and the untrained head.
TEST(NormalisationHead, TheMadeUpTerminologyHoldsTheConcepts) {
  const TemporaryFolder folder;
  SynthOptions options;
  options.task = "semeval2014t7";
  options.notes = 60;
  options.out = folder.path();
  write_synth(options);
  const Split training = make_synth_split(options, "semeval2014t7", "train");
  Split test = make_synth_split(options, "semeval2014t7", "test");
  const auto head = normalisation_head(8, training.examples, (folder.path() / "terminology" / "MRCONSO.RRF").string());
  PlantedHead planted(*head);
  HeadCounts counts;
  std::size_t right = 0, all = 0;
  for (Example& gold : test.examples) {
    std::erase_if(gold.mentions, [](const Mention& mention) { return mention.type != "Disorder"; });
    head->encode(gold, tiny_tokenizer(), true, counts);
    Example found = gold;
    for (Mention& mention : found.mentions) mention.concept_id.clear();
    const auto encoded = head->encode(found, tiny_tokenizer(), false, counts);
    const at::Tensor hidden = at::zeros({rows_of({encoded.get()}), 8}, at::kDouble);
    head->decode(*encoded, head->predict(batch_of({encoded.get()}, hidden)), found);
    for (std::size_t m = 0; m < gold.mentions.size(); ++m) {
      right += found.mentions[m].concept_id == gold.mentions[m].concept_id;
      ++all;
    }
  }
  EXPECT_GT(counts.gold, 100);
  EXPECT_LE(100 * counts.lost, counts.gold);
  EXPECT_GE(10 * right, 8 * all) << right << " of " << all;
}

}  // namespace
}  // namespace polyclinic
