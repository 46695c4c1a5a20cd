package card

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// An Evaluation is what a run of lm-evaluation-harness measured on the result. It is kept beside the
// model, so that a card can be made again with it.
type Evaluation struct {
	Format     int      `json:"format"`               // EvaluationFormat
	Plan       string   `json:"plan"`                 // hash of the merge that was measured
	Harness    string   `json:"lm_eval"`              // version; "" where the results do not tell
	Date       string   `json:"date,omitempty"`       // when the run began, RFC 3339 in UTC
	Chat       bool     `json:"chat_template"`        // prompts went through the model's chat template
	Conditions []string `json:"conditions,omitempty"` // what makes the scores others than those of the whole tasks and weights, each as the end of a sentence
	Scores     []Score  `json:"scores"`               // in the order of the results
}

// EvaluationFormat is the version of Evaluation's form as JSON.
const EvaluationFormat = 1

// A Score is one metric of one task, as the harness gives it: most are between 0 and 1, some are not.
type Score struct {
	Task    string   `json:"task"`
	Metric  string   `json:"metric"`            // "acc_norm"
	Filter  string   `json:"filter,omitempty"`  // of the answers, "strict-match"; "" for none
	Shots   *int64   `json:"shots,omitempty"`   // examples in the prompt; nil where the results do not tell
	Version string   `json:"version,omitempty"` // of the task
	Value   float64  `json:"value"`
	StdErr  *float64 `json:"stderr,omitempty"`  // nil for none
	Samples int64    `json:"samples,omitempty"` // that were measured, where these are not all
	Of      int64    `json:"of,omitempty"`      // all samples, with Samples
}

// ErrEvaluation is a file that holds no results of lm-evaluation-harness.
var ErrEvaluation = errors.New("no results of lm-evaluation-harness")

// ReadHarness reads a results file of lm-evaluation-harness, and what it says was measured. Of a group with a score of its
// own only that is taken, not its many subtasks; scores that are no numbers are left out. The error is an ErrEvaluation.
//
// Source: lm_eval 0.4, result_schema.py and utils.make_table.
func ReadHarness(results []byte) (*Evaluation, *Measured, error) {
	results = standardJSON(results)
	if !json.Valid(results) {
		return nil, nil, fmt.Errorf("%w: not JSON", ErrEvaluation)
	}
	root := gjson.ParseBytes(results)
	tasks := root.Get("results")
	if !tasks.IsObject() {
		return nil, nil, fmt.Errorf(`%w: there is no "results"`, ErrEvaluation)
	}
	e := &Evaluation{Format: EvaluationFormat, Harness: clean(root.Get("lm_eval_version").String())}
	if at := root.Get("date").Float(); at > 0 && at < 1e11 {
		e.Date = time.Unix(int64(at), 0).UTC().Format(time.RFC3339)
	}
	e.Chat = root.Get("chat_template").String() != ""
	var m *Measured
	m, e.Conditions = readMeasured(root)
	inGroup := membersOfScored(root)
	tasks.ForEach(func(task, metrics gjson.Result) bool {
		if !inGroup[task.String()] {
			e.Scores = append(e.Scores, scores(root, task.String(), metrics)...)
			metrics.ForEach(func(key, value gjson.Result) bool {
				if strings.Contains(key.String(), ",") && noNumber(value) {
					m.Dropped = append(m.Dropped, clean(task.String()+" "+key.String()))
				}
				return true
			})
		}
		return true
	})
	if len(e.Scores) == 0 {
		return nil, nil, fmt.Errorf("%w: it has no score", ErrEvaluation)
	}
	if s := limited(root, e.Scores); s != "" {
		e.Conditions = append(e.Conditions, s)
	}
	return e, m, nil
}

// child returns a member by its exact name, which may hold what gjson takes for a path.
func child(object gjson.Result, name string) gjson.Result {
	var found gjson.Result
	object.ForEach(func(key, value gjson.Result) bool {
		if key.String() == name {
			found = value
			return false
		}
		return true
	})
	return found
}

// membersOfScored lists the tasks below groups that have a score, at any depth.
func membersOfScored(root gjson.Result) map[string]bool {
	groups := map[string][]string{}
	root.Get("group_subtasks").ForEach(func(group, members gjson.Result) bool {
		for _, m := range members.Array() {
			groups[group.String()] = append(groups[group.String()], m.String())
		}
		return true
	})
	in := map[string]bool{}
	var mark func(group string)
	mark = func(group string) {
		for _, m := range groups[group] {
			if !in[m] {
				in[m] = true
				mark(m)
			}
		}
	}
	results := root.Get("results")
	for group := range groups {
		if len(scores(root, group, child(results, group))) > 0 {
			mark(group)
		}
	}
	return in
}

// scores are the metrics of one task. Keys are "metric,filter", with the standard error as "metric_stderr,filter".
func scores(root gjson.Result, task string, metrics gjson.Result) []Score {
	var out []Score
	metrics.ForEach(func(key, value gjson.Result) bool {
		metric, filter, ok := strings.Cut(key.String(), ",")
		if !ok || value.Type != gjson.Number || strings.HasSuffix(metric, "_stderr") || math.IsInf(value.Num, 0) {
			return true
		}
		s := Score{Task: clean(task), Metric: clean(metric), Filter: clean(filter), Value: value.Num, Version: clean(child(root.Get("versions"), task).String())}
		if s.Filter == "none" {
			s.Filter = ""
		}
		if shots := child(root.Get("n-shot"), task); shots.Type == gjson.Number {
			s.Shots = new(shots.Int())
		}
		if e := child(metrics, metric+"_stderr,"+filter); e.Type == gjson.Number && !math.IsInf(e.Num, 0) {
			s.StdErr = new(e.Num)
		}
		if n := child(root.Get("n-samples"), task); n.Get("effective").Int() < n.Get("original").Int() {
			s.Samples, s.Of = n.Get("effective").Int(), n.Get("original").Int()
		}
		out = append(out, s)
		return true
	})
	return out
}

// ParseEvaluation reads what Encode wrote. The error is an ErrEvaluation.
func ParseEvaluation(text []byte) (*Evaluation, error) {
	e := &Evaluation{}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvaluation, err)
	}
	if e.Format != EvaluationFormat || len(e.Scores) == 0 {
		return nil, fmt.Errorf("%w: format %d", ErrEvaluation, e.Format)
	}
	return e, nil
}

// Encode returns the evaluation as JSON, one line a score, the same bytes for the same scores.
func (e *Evaluation) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// A benchmark is a task of the harness whose score the Hub shows on the model's page and on the leaderboard
// of a dataset.
type benchmark struct {
	task           string // of the harness
	metric, filter string // the score that is taken
	dataset        string // on the Hub
	id             string // of the task there
	note           string
}

// benchmarks are the tasks that have a known place on the Hub. Others stay in the card's table: a score under a
// wrong name does more harm than none.
//
// Source: the Hub's documentation of evaluation results, and results published in its form.
var benchmarks = []benchmark{
	{"gsm8k", "exact_match", "strict-match", "openai/gsm8k", "gsm8k", ""},
	{"gsm8k_cot", "exact_match", "strict-match", "openai/gsm8k", "gsm8k", "chain of thought"},
	{"mmlu_pro", "exact_match", "custom-extract", "TIGER-Lab/MMLU-Pro", "mmlu_pro", "chain of thought"},
	{"gpqa_diamond_zeroshot", "acc_norm", "", "Idavidrein/gpqa", "gpqa_diamond", "by likelihood"},
	{"gpqa_diamond_n_shot", "acc_norm", "", "Idavidrein/gpqa", "gpqa_diamond", "by likelihood"},
	{"gpqa_diamond_cot_zeroshot", "exact_match", "flexible-extract", "Idavidrein/gpqa", "gpqa_diamond", "chain of thought"},
	{"gpqa_diamond_cot_n_shot", "exact_match", "flexible-extract", "Idavidrein/gpqa", "gpqa_diamond", "chain of thought"},
	{"gpqa_diamond_generative_n_shot", "exact_match", "flexible-extract", "Idavidrein/gpqa", "gpqa_diamond", ""},
}

// HubFiles returns the files in which the Hub looks for scores, by path, for the tasks that have a known place there. A
// task that was measured on a part of its samples or whose score is no share of 1 has none, and under Conditions none has.
// Values are in percent.
//
// Source: https://huggingface.co/docs/hub/eval-results.
func (e *Evaluation) HubFiles() map[string][]byte {
	files := map[string][]byte{}
	if len(e.Conditions) > 0 {
		return files
	}
	for _, b := range benchmarks {
		i := slices.IndexFunc(e.Scores, func(s Score) bool {
			return s.Task == b.task && s.Metric == b.metric && s.Filter == b.filter && s.Of == 0 && s.Value >= 0 && s.Value <= 1
		})
		if i < 0 {
			continue
		}
		files[".eval_results/"+b.task+".yaml"] = []byte(e.hubFile(b, e.Scores[i]))
	}
	return files
}

func (e *Evaluation) hubFile(b benchmark, s Score) string {
	var h headerWriter
	var notes []string
	if s.Shots != nil {
		notes = append(notes, fmt.Sprintf("%d-shot", *s.Shots))
	}
	for _, note := range []string{b.note, s.Filter, "lm-evaluation-harness " + e.Harness} {
		if note = strings.TrimSpace(note); note != "" {
			notes = append(notes, note)
		}
	}
	percent := math.Round(s.Value*1e6) / 1e4 // to four places
	lines := []string{
		"- dataset:",
		"    id: " + h.scalar(b.dataset),
		"    task_id: " + h.scalar(b.id),
		"  value: " + strconv.FormatFloat(percent, 'f', -1, 64),
	}
	if e.Date != "" {
		lines = append(lines, "  date: "+h.scalar(e.Date))
	}
	lines = append(lines, "  notes: "+h.scalar(strings.Join(notes, ", ")))
	return strings.Join(lines, "\n") + "\n"
}

// scoreRows are the rows of the card's table, as Markdown; none for a nil e.
func scoreRows(e *Evaluation) []Row {
	if e == nil {
		return nil
	}
	var rows []Row
	last := ""
	for _, s := range e.Scores {
		label := text(s.Task)
		if s.Task == last {
			label = ""
		}
		last = s.Task
		shots := ""
		if s.Shots != nil {
			shots = strconv.FormatInt(*s.Shots, 10)
		}
		metric := text(s.Metric)
		if s.Filter != "" {
			metric += ", " + text(s.Filter)
		}
		value := fmt.Sprintf("%.4f", s.Value)
		if s.StdErr != nil {
			value += fmt.Sprintf(" ± %.4f", *s.StdErr)
		}
		if s.Of > 0 {
			value += fmt.Sprintf(", on %d of %d samples", s.Samples, s.Of)
		}
		rows = append(rows, Row{Label: label, Cells: []string{shots, metric, value}})
	}
	return rows
}

// scoreTable is scoreRows with headings.
func scoreTable(e *Evaluation) Grid {
	var rows [][]string
	for _, r := range scoreRows(e) {
		rows = append(rows, append([]string{r.Label}, r.Cells...))
	}
	return newGrid([]string{"task", "shots", "metric", "value"}, rows)
}
