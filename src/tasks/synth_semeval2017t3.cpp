#include "core/concat.h"
#include "core/files.h"
#include "core/xml_text.h"
#include "tasks/semeval2017t3.h"
#include "tasks/synth_writers.h"

namespace polyclinic {
namespace {

std::string escaped(std::string_view text) { return xml_escaped(text, true); }

constexpr std::string_view kStart = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml version=\"1.0\">\n";
constexpr std::string_view kDate = "2016-03-01 10:00:00";

std::string rank_of(const std::string& thread) { return thread.substr(thread.find("_R") + 2); }

// `alone`: the form of the -subtaskA files, without what relates to the original question.
std::string thread_start(const Example& first, bool alone) {
  const auto& p = first.properties;
  std::string out =
      concat("    <Thread THREAD_SEQUENCE=\"", first.group, "\">\n      <RelQuestion RELQ_ID=\"", first.group, "\"");
  if (!alone) out += concat(" RELQ_RANKING_ORDER=\"", rank_of(first.group), "\"");
  out += concat(" RELQ_CATEGORY=\"Health\" RELQ_DATE=\"", kDate, "\" RELQ_USERID=\"U1\" RELQ_USERNAME=\"asker\"");
  if (!alone) out += concat(" RELQ_RELEVANCE2ORGQ=\"", p.at("relq.relevance"), "\"");
  return out + concat(">\n        <RelQSubject>", escaped(p.at("relq.subject")), "</RelQSubject>\n        <RelQBody>",
                      escaped(first.text), "</RelQBody>\n      </RelQuestion>\n");
}

std::string comment_text(const Example& comment, bool alone) {
  std::string out = concat("      <RelComment RELC_ID=\"", comment.id, "\" RELC_DATE=\"", kDate,
                           "\" RELC_USERID=\"U2\" RELC_USERNAME=\"answerer\"");
  if (!alone) out += concat(" RELC_RELEVANCE2ORGQ=\"", comment.properties.at("relc.relevance2orgq"), "\"");
  return out + concat(" RELC_RELEVANCE2RELQ=\"", comment.labels.front(), "\">\n        <RelCText>",
                      escaped(comment.second_text), "</RelCText>\n      </RelComment>\n");
}

std::string question_text(const Example& comment) {
  const auto& p = comment.properties;
  return concat("  <OrgQuestion ORGQ_ID=\"", p.at("orgq.id"), "\">\n    <OrgQSubject>", escaped(p.at("orgq.subject")),
                "</OrgQSubject>\n    <OrgQBody>", escaped(p.at("orgq.body")), "</OrgQBody>\n");
}

std::string english(const Split& comments, bool alone) {
  std::string out(kStart);
  const std::vector<Example>& all = comments.examples;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool begins = i == 0 || all[i - 1].group != all[i].group;
    const bool ends = i + 1 == all.size() || all[i + 1].group != all[i].group;
    if (begins && !alone) out += question_text(all[i]);
    if (begins) out += thread_start(all[i], alone);
    out += comment_text(all[i], alone);
    if (ends) out += "    </Thread>\n";
    if (ends && !alone) out += "  </OrgQuestion>\n";
  }
  return out + "</xml>\n";
}

// Subtask D ranks question-answer pairs; here each thread is a question and its comments are the answers.
std::string medical(const Split& comments) {
  std::string out(kStart);
  const std::vector<Example>& all = comments.examples;
  std::size_t question = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || all[i - 1].group != all[i].group) {
      if (i > 0) out += "  </Question>\n";
      out +=
          concat("  <Question QID = \"", 200001 + question++, "\">\n    <Qtext>", escaped(all[i].text), "</Qtext>\n");
    }
    const std::string& label = all[i].labels.front();
    out += concat("    <QApair QAID=\"", 300001 + i, "\" QArel=\"",
                  label == "Good"  ? "D"
                  : label == "Bad" ? "I"
                                   : "R",
                  "\">\n      <QAquestion>", escaped(all[i].properties.at("relq.subject")),
                  "</QAquestion>\n      <QAanswer>", escaped(all[i].second_text), "</QAanswer>\n    </QApair>\n");
  }
  return out + (all.empty() ? "" : "  </Question>\n") + "</xml>\n";
}

void write_relevancy(const std::string& xml, const std::filesystem::path& file, const std::string& subtask) {
  Diagnostics diagnostics;
  const std::vector<Example> examples = read_semeval2017t3(xml, file.string(), subtask, diagnostics);
  write_file_atomic(file.string() + ".subtask" + subtask + ".relevancy", format_relevancy(examples));
}

}  // namespace

void write_synth_semeval2017t3(const Split& comments, const std::filesystem::path& folder) {
  const std::string stem = "SemEval2017-Task3-CQA-QL-" + comments.name;
  const std::string all = english(comments, false), alone = english(comments, true), pairs = medical(comments);
  const std::filesystem::path file = folder / (stem + ".xml"), only_a = folder / (stem + "-subtaskA.xml");
  const std::filesystem::path other = folder / concat("SemEval2017-Task3-CQA-MD-", comments.name, "-subtaskD.xml");
  write_file_atomic(file, all);
  write_file_atomic(only_a, alone);
  write_file_atomic(other, pairs);
  write_relevancy(alone, only_a, "A");
  write_relevancy(all, file, "B");
  write_relevancy(all, file, "C");
  write_relevancy(pairs, other, "D");
}

}  // namespace polyclinic
