#include "tasks/synth_questions.h"

#include <vector>

#include "core/concat.h"

namespace polyclinic {
namespace {

const std::vector<std::string> kSubjects = {"What helps with {dx}?", "{dx} again", "Any advice on {dx}",
                                            "Living with {dx}"};
const std::vector<std::string> kBodies = {"I have had {dx} for {dur} & my doctor is away. What can I take?",
                                          "My mother was told that she has {dx}. Has anyone been through this?",
                                          "Since {dur} there is {dx}, worse at night... any ideas??",
                                          "Is {dx} serious? It started after {dur} at work."};
const std::vector<std::string> kAnswers = {"My doctor gave me {drug} and it went away.", "try {drug}, it worked for us",
                                           "{drug} twice a day <i>with food</i>, ask your pharmacist.",
                                           "Ask for {drug}. I felt better within {dur} \xE2\x80\x93 good luck!"};
const std::vector<std::string> kChatter = {"same problem here :(", "see a doctor, don't ask strangers.",
                                           "I second that.", "how old is she?", "Good question, following."};
const std::vector<std::string> kDurations = {"a week", "two months", "3 days", "some years"};

class QuestionMaker {
 public:
  QuestionMaker(RandomStream& random, const SynthVocabulary& vocabulary, Split& out)
      : random_(random), vocabulary_(vocabulary), lexicon_(*vocabulary.lexicon), out_(out) {}

  void make(std::size_t number) {
    const std::size_t asked = entry(lexicon_.disorders.size());
    const std::string id = concat("Q", number);
    const Post original = post(asked);
    const std::size_t surely = random_.below(10);
    for (std::size_t thread = 0; thread < 10; ++thread) {
      const std::size_t kind = thread == surely ? 0 : random_.below(3);
      const std::size_t related = kind == 0 ? asked : other(lexicon_.disorders, asked_group(asked), kind == 1);
      const char* relevance = related == asked ? "PerfectMatch" : kind == 1 ? "Relevant" : "Irrelevant";
      make_thread(concat(id, "_R", thread + 1), asked, related,
                  {{"orgq.id", id},
                   {"orgq.subject", original.subject},
                   {"orgq.body", original.body},
                   {"relq.relevance", relevance}});
    }
  }

 private:
  struct Post {
    std::string subject, body;
    Span disorder;
  };

  std::size_t asked_group(std::size_t disorder) const { return lexicon_.disorders[disorder].group; }

  std::size_t entry(std::size_t count) {
    while (true) {
      const std::size_t at = random_.below(count);
      if (vocabulary_.allows(at)) return at;
    }
  }

  std::size_t other(const std::vector<SynthTerm>& list, std::size_t group, bool same) {
    while (true) {
      const std::size_t at = entry(list.size());
      if ((list[at].group == group) == same) return at;
    }
  }

  const std::string& one_of(const std::vector<std::string>& list) { return list[random_.below(list.size())]; }

  Post post(std::size_t disorder) {
    const std::map<std::string, std::string> values = {{"dx", lexicon_.disorders[disorder].name},
                                                       {"dur", one_of(kDurations)}};
    Post out;
    NoteText(out.subject).put_form(one_of(kSubjects), values);
    out.disorder = NoteText(out.body).put_form(one_of(kBodies), values).at("dx");
    return out;
  }

  void make_thread(const std::string& id, std::size_t asked, std::size_t related,
                   const std::map<std::string, std::string>& properties) {
    Post question = post(related);
    question.body +=
        concat(" (post ", id.substr(1), ")");  // no two threads are equal, so no split holds another's text
    const std::size_t surely = random_.below(10);
    for (std::size_t i = 0; i < 10; ++i) {
      Example comment;
      comment.id = concat(id, "_C", i + 1);
      comment.group = id;
      comment.text = question.body;
      comment.mentions = {{"T1", "Disorder", {question.disorder}, {}, lexicon_.disorders[related].concept_id}};
      comment.properties = properties;
      comment.properties["relq.subject"] = question.subject;
      answer(comment, asked, related, i == surely);
      out_.examples.push_back(std::move(comment));
    }
  }

  void answer(Example& comment, std::size_t asked, std::size_t related, bool surely) {
    NoteText text(comment.second_text);
    const std::size_t kind = surely ? 0 : random_.below(4);
    if (kind == 3) {
      text.put(one_of(kChatter));
      comment.labels = {"PotentiallyUseful"};
      comment.properties["relc.relevance2orgq"] = "Bad";
      return;
    }
    const std::size_t drug = other(lexicon_.drugs, asked_group(related), kind == 0);
    text.put_form(one_of(kAnswers), {{"drug", lexicon_.drugs[drug].name}, {"dur", one_of(kDurations)}});
    const std::size_t group = lexicon_.drugs[drug].group;
    comment.labels = {group == asked_group(related) ? "Good" : "Bad"};
    comment.properties["relc.relevance2orgq"] = group == asked_group(asked) ? "Good" : "Bad";
  }

  RandomStream& random_;
  const SynthVocabulary& vocabulary_;
  const SynthLexicon& lexicon_;
  Split& out_;
};

}  // namespace

Split make_synth_questions(std::uint64_t seed, const SynthVocabulary& vocabulary, const std::string& split,
                           std::size_t first_question, std::size_t questions) {
  Split out{split, {}};
  for (std::size_t i = 0; i < questions; ++i) {
    RandomStream random(seed, mix({0x9e57, vocabulary.task, first_question + i}));
    QuestionMaker(random, vocabulary, out).make(first_question + i);
  }
  return out;
}

}  // namespace polyclinic
