// Package card writes the README.md of a merge, and reads the READMEs of its sources.
//
// [Render] makes a card from [Facts]: the same facts give the same bytes, and the card says
// nothing that is not among them. [Config] takes the merge's config back out of a card.
// [FrontMatter] and [Model.ReadCard] read the cards of others; [License] derives the license
// of a merge from theirs.
//
// # Templates
//
// A template is a text/template over [Facts]. Every field is there under its own name; before
// the template runs, control characters and line breaks are taken out of every string but
// Config, and empty links, Title and Endpoint are filled in. Text is not escaped by itself:
// use one of these for the place where it stands.
//
//	text S        S as Markdown text; also safe in a table cell and as the text of a link
//	code S        S as a code span; also safe in a table cell
//	link S URL    S as a link to URL, or only S as text where URL is no web address or file name
//	url URL       URL as the destination of a link or image; "" where it is neither of these
//	py S          S as a Python string literal
//	words N       an integer as a word up to twelve, then in digits
//	count N       a large integer in short: 7.24 B
//	percent X     a share from 0 to 1: 50 %
//	short S N     the first N characters of a hash
//	layers A B    the layers from A up to but not including B in words: 0 to 31
//	list L        the strings of L as Markdown text, joined with commas and "and"
//	files L       the same of names of files in the result, linked
//
// These return Markdown that is ready to stand where it is used:
//
//	frontmatter . the YAML between the --- lines; more keys may follow on lines of their own
//	intro .       the first paragraph
//	donor .       where tokenizer and config come from; "" if the facts do not say
//	config .      the one yaml block with the config, byte for byte
//	usage .       Python that loads the model and runs it once, for a code block; "" where the facts do not say how
//	codewarning . that loading the model runs Python code, and whose; "" where it does not
//	chat .        which chat template the model has, or that it has none
//	constants .   the shared parameters that do not change with the layer; "" if there are none
//	commit M      a model's commit, linked; "" if it is not pinned
//	license M     a model's license as its card gives it, linked
//	ranges S      the layers of a slice in its models
//	sources . S   the models of a slice
//	verify .      the shell command that makes the merge again and compares; "" where there is none
//	notices .     lines that the licenses of the sources ask for, a list
//
// And these return values to range over or to test:
//
//	modeltable .  the models with what they give, a [Grid]
//	scores E      the rows of an [Evaluation], a list of [Row]
//	scoretable E  the same with headings, a [Grid]
//	tables .      parameters that change with the layer, a list of [Table]
//	terms .       the license of the merge as [Terms]
//	task .        the pipeline task that transformers loads the model with, or ""
//	local .       the models that are not on the Hub
//	pinned .      whether every model on the Hub has its commit
package card
