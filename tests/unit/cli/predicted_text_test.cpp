#include "cli/predicted_text.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

// "é" is one code point and two bytes; the second mention has a gap and a line end in it.
Example note() {
  Example example;
  example.id = "n1";
  example.text = "Fi\xC3\xA9\xC3\xA9vre: aspirin 81\nmg daily";
  example.mentions.push_back({"x", "Sign", {{0, 6}}, {{"negation", "true"}, {"severity", "mild"}}, "C0015967"});
  example.mentions.push_back({"y", "Dose", {{8, 15}, {16, 21}}, {}, ""});
  example.relations.push_back({"", "dose_of", 1, 0});
  return example;
}

TEST(PredictedText, JsonCountsCodePoints) {
  const auto json = annotation_json(note());
  EXPECT_EQ(json.dump(),
            "{\"id\":\"n1\",\"mentions\":["
            "{\"id\":\"T1\",\"type\":\"Sign\",\"spans\":[[0,6]],\"text\":\"Fi\xC3\xA9\xC3\xA9vr\","
            "\"attributes\":{\"negation\":\"true\",\"severity\":\"mild\"},\"concept\":\"C0015967\"},"
            "{\"id\":\"T2\",\"type\":\"Dose\",\"spans\":[[8,15],[16,21]],\"text\":\" aspiri  81 m\"}],"
            "\"relations\":[{\"type\":\"dose_of\",\"source\":\"T2\",\"target\":\"T1\"}]}");
}

TEST(PredictedText, BratHasEveryLayer) {
  EXPECT_EQ(annotation_brat(note()),
            "T1\tSign 0 6\tFi\xC3\xA9\xC3\xA9vr\n"
            "T2\tDose 8 15;16 21\t aspiri  81 m\n"
            "R1\tdose_of Arg1:T2 Arg2:T1\n"
            "A1\tnegation T1\n"
            "A2\tseverity T1 mild\n"
            "N1\tReference T1 UMLS:C0015967\tFi\xC3\xA9\xC3\xA9vr\n");
}

TEST(PredictedText, BratRefusesLabels) {
  Example example;
  example.labels = {"1"};
  EXPECT_THROW(annotation_brat(example), InputError);
  EXPECT_EQ(annotation_json(example)["labels"][0], "1");
}

TEST(PredictedText, NotesOfAFolderByName) {
  const TemporaryFolder root;
  write_file_atomic(root.path() / "b.txt", "two");
  write_file_atomic(root.path() / "a.txt", "one");
  write_file_atomic(root.path() / "a.ann", "T1\tX 0 1\to\n");
  const std::vector<Example> notes = read_plain_notes(root.path().string());
  ASSERT_EQ(notes.size(), 2);
  EXPECT_EQ(notes[0].id, "a");
  EXPECT_EQ(notes[0].text, "one");
  EXPECT_TRUE(notes[0].mentions.empty());
}

TEST(PredictedText, WrongFoldersAndBytesAreNamed) {
  const TemporaryFolder root;
  EXPECT_THROW(read_plain_notes((root.path() / "absent").string()), InputError);
  EXPECT_THROW(read_plain_notes(root.path().string()), InputError);  // empty
  write_file_atomic(root.path() / "bad.txt", "a\xFF");
  try {
    read_plain_notes(root.path().string());
    FAIL() << "0xFF is never UTF-8";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("bad.txt"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace polyclinic
