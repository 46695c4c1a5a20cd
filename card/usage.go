package card

import (
	"fmt"
	"slices"
	"strings"
)

// An example is how a task is run with today's transformers: with a pipeline, or for tasks that have none since version 5,
// with a class.
type example struct {
	class string // "" for a pipeline
	body  string // Python that calls run, or model and tokenizer; %s is a text to begin with
}

// Inputs that anybody may fetch; they are those of the documentation of transformers.
const (
	samplePicture = `"https://huggingface.co/datasets/huggingface/documentation-images/resolve/main/pipeline-cat-chonk.jpeg"`
	sampleSpeech  = `"https://huggingface.co/datasets/Narsil/asr_dummy/resolve/main/mlk.flac"`
)

const seq2seq = `inputs = tokenizer("Marie Curie was a physicist who worked in Paris.", return_tensors="pt").to(model.device)
output = model.generate(**inputs, max_new_tokens=64)
print(tokenizer.decode(output[0], skip_special_tokens=True))`

// examples are the tasks with an input of their own. Source: transformers 5, pipelines/__init__.py.
var examples = map[string]example{
	"fill-mask": {body: `print(run(f"The capital of France is {run.tokenizer.mask_token}.")[0]["token_str"])`},
	"feature-extraction": {body: `vectors = run("A large language model is")[0]
print(len(vectors), "tokens,", len(vectors[0]), "numbers each")`},
	"text-classification":      {body: `print(run("I could watch this film again and again."))`},
	"token-classification":     {body: `print(run("Marie Curie worked in Paris.", aggregation_strategy="simple"))`},
	"zero-shot-classification": {body: `print(run("I could watch this film again and again.", candidate_labels=["praise", "complaint"]))`},

	"automatic-speech-recognition": {body: "print(run(" + sampleSpeech + ")[\"text\"])"},
	"audio-classification":         {body: "print(run(" + sampleSpeech + "))"},
	"image-classification":         {body: "print(run(" + samplePicture + "))"},
	"image-segmentation":           {body: "print(run(" + samplePicture + "))"},
	"object-detection":             {body: "print(run(" + samplePicture + "))"},
	"depth-estimation":             {body: "run(" + samplePicture + `)["depth"].save("depth.png")`},

	"question-answering": {class: "AutoModelForQuestionAnswering", body: `inputs = tokenizer("Where did Marie Curie work?", "Marie Curie worked in Paris.", return_tensors="pt").to(model.device)
output = model(**inputs)
start, end = output.start_logits.argmax(), output.end_logits.argmax()
print(tokenizer.decode(inputs["input_ids"][0, start : end + 1]))`},
	"summarization":        {class: "AutoModelForSeq2SeqLM", body: seq2seq},
	"translation":          {class: "AutoModelForSeq2SeqLM", body: seq2seq},
	"text2text-generation": {class: "AutoModelForSeq2SeqLM", body: seq2seq},
}

// Tasks with words and a picture in one prompt.
var imageTasks = []string{"image-text-to-text", "any-to-any"}

// usage returns Python that loads the model and runs it once, ready to be pasted; "" where nothing says how. What comes out
// of facts stands in it only as string literals.
func usage(f Facts) string {
	if isSentenceModel(f) {
		return sentenceUsage(f)
	}
	name := task(f)
	e, known := examples[name]
	variable := "run"
	switch {
	case name == "text-generation":
		variable, e.body = "generate", `print(generate("A large language model is", max_new_tokens=128)[0]["generated_text"])`
		if f.ChatTemplate {
			e.body = `messages = [{"role": "user", "content": "What is a large language model?"}]
print(generate(messages, max_new_tokens=128)[0]["generated_text"][-1]["content"])`
		}
	case slices.Contains(imageTasks, name) && f.ChatTemplate:
		variable, e.body = "generate", `messages = [{"role": "user", "content": [
    {"type": "image", "url": `+samplePicture+`},
    {"type": "text", "text": "What is in this picture?"},
]}]
print(generate(text=messages, max_new_tokens=128, return_full_text=False)[0]["generated_text"])`
	case !known:
		return ""
	}
	if e.class != "" {
		return classUsage(f, e)
	}
	packages := "transformers accelerate"
	if strings.Contains(e.body, samplePicture) {
		packages += " pillow"
	}
	if strings.Contains(e.body, sampleSpeech) {
		packages += "  # and ffmpeg, which reads the sound"
	}
	return fmt.Sprintf(`# pip install -U %s
from transformers import pipeline

%s = pipeline(%s, model=%s, %sdtype="auto", device_map="auto")
%s`, packages, variable, python(name), python(f.Repo), f.loading(), e.body)
}

// loading are the arguments that every way to load the model needs, each with a comma after it.
func (f Facts) loading() string {
	s := ""
	if f.Revision != "" {
		s += "revision=" + python(f.Revision) + ", "
	}
	if f.CustomCode {
		s += "trust_remote_code=True, "
	}
	return s
}

// classUsage loads the model and its tokenizer by their classes.
func classUsage(f Facts, e example) string {
	more := strings.TrimSuffix(f.loading(), ", ")
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf(`# pip install -U transformers accelerate
from transformers import %s, AutoTokenizer

repo = %s
tokenizer = AutoTokenizer.from_pretrained(repo%s)
model = %s.from_pretrained(repo%s, dtype="auto", device_map="auto")
%s`, e.class, python(f.Repo), more, e.class, more, e.body)
}

// isSentenceModel tells whether sentence-transformers loads the model, which makes a vector of a whole text.
func isSentenceModel(f Facts) bool {
	return f.LibraryName == "sentence-transformers" || task(f) == "sentence-similarity"
}

func sentenceUsage(f Facts) string {
	more := strings.TrimSuffix(f.loading(), ", ")
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf(`# pip install -U sentence-transformers
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(%s%s)
vectors = model.encode(["The weather is lovely today.", "It is sunny outside.", "He drove to the stadium."])
print(model.similarity(vectors, vectors))`, python(f.Repo), more)
}

// codeWarning says that loading the model runs Python code, and where that comes from; "" for a model that has none of its own.
func codeWarning(f Facts) string {
	if !f.CustomCode {
		return ""
	}
	const many = 4
	var from []string
	switch n := len(f.CodeFiles); {
	case n > many:
		from = append(from, fmt.Sprintf("the %d Python files of this repo", n))
	case n > 0:
		from = append(from, fileList(f.CodeFiles)+" of this repo")
	}
	for _, repo := range f.CodeRepos {
		from = append(from, "the current version of "+link(repo, f.Endpoint+"/"+repo))
	}
	if len(from) == 0 {
		return "Loading the model runs Python code of its own, which `trust_remote_code=True` allows. Read it first."
	}
	return "Loading the model runs Python code of its own, which `trust_remote_code=True` allows: " + join(from) + ". Read it first."
}
