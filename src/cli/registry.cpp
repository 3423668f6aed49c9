#include "cli/verb.h"

// This list is compiled twice: for polyclinic, which links no torch, and for polyclinic-engine, which has every verb.
#ifdef POLYCLINIC_ENGINE
#define ENGINE(declare) declare
#else
#define ENGINE(declare) nullptr
#endif

namespace polyclinic {

// One line a verb: its declaration here, its file beside this one. A verb that computes with torch says
// ENGINE(declare_name), and its file stands in `engine_verbs` of CMakeLists.txt.
std::function<int()> declare_config(CLI::App& command);
std::function<int()> declare_data_check(CLI::App& command);
std::function<int()> declare_data_lengths(CLI::App& command);
std::function<int()> declare_data_stats(CLI::App& command);
std::function<int()> declare_data_synth(CLI::App& command);
std::function<int()> declare_runs_compare(CLI::App& command);
std::function<int()> declare_runs_list(CLI::App& command);
std::function<int()> declare_runs_show(CLI::App& command);
std::function<int()> declare_demo(CLI::App& command);
std::function<int()> declare_plan(CLI::App& command);
std::function<int()> declare_predict(CLI::App& command);
std::function<int()> declare_pretrain(CLI::App& command);
std::function<int()> declare_run(CLI::App& command);
std::function<int()> declare_score(CLI::App& command);
std::function<int()> declare_tokenize(CLI::App& command);
std::function<int()> declare_version(CLI::App& command);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = {
      {"config", "print and check the composed configuration, or say where a value comes from", declare_config},
      {"data check", "every defect of a task's files, with file, line and mend", declare_data_check},
      {"data lengths", "sequence lengths under a tokenizer, and the max_seq_len to set", declare_data_lengths},
      {"data stats", "counts of each split", declare_data_stats},
      {"data synth", "made-up corpora in the official file formats", declare_data_synth},
      {"runs compare", "two runs side by side, with paired tests", declare_runs_compare},
      {"runs list", "the runs of a results folder", declare_runs_list},
      {"runs show", "everything recorded of one run", declare_runs_show},
      {"demo", "all of it on made-up notes and a tiny model, in minutes", ENGINE(declare_demo)},
      {"plan", "no training: parameters, tokens, steps and memory", ENGINE(declare_plan)},
      {"predict", "label new text with a trained run", ENGINE(declare_predict)},
      {"pretrain", "make a small base model from text: tokenizer and weights", ENGINE(declare_pretrain)},
      {"run", "train, score and record one experiment, or a sweep with -m", ENGINE(declare_run)},
      {"score", "the official score of anyone's predictions, in the official script's own lines", declare_score},
      {"tokenize", "ids and byte offsets that a model's tokenizer gives to a text", declare_tokenize},
      {"version", "print the version and what it was built with", declare_version},
  };
  return list;
}

}  // namespace polyclinic
