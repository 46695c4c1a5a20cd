// Package hub is a client of the Hugging Face Hub's API, and of servers that speak it.
//
// Reading: [Client.Resolve] pins a branch, tag or commit, and [Revision.Open] gives any of its
// files as an io.ReaderAt and a size, so that a reader of file formats needs to know nothing of
// HTTP. Publishing: [Client.CreateRepo], [Client.Preupload], [Client.Upload] for large files, and
// [Client.Commit], which shows everything at once; or to [PullRequestRef] after
// [Client.CreatePullRequest], for a repo of somebody else's.
//
// What it promises:
//   - A read gives the bytes that the pinned commit has, or an error. An answer of another range,
//     another length or another file is a fault and never data.
//   - Faults that pass (a busy server, a cut connection, a used up quota, an expired signed URL) are
//     waited for and asked again, within limits. A commit is asked again only when the Hub's own
//     history says that it did not arrive.
//   - The token, which a CI job may be given for its identity ([OIDC]), goes to the Hub and to nobody else. No error, notice or URL that leaves this
//     package holds it, nor a signature.
//   - Everything ends promptly with its context.
//
// Errors that the Hub gave are of type [*Error]; the Err variables say what a caller can act on,
// and [Error.Hint] what a person can do.
package hub
