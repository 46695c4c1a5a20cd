"""Runs the code cells of a notebook one after the other, without Jupyter, in the current folder.

Usage: notebook.py NOTEBOOK < JOB, a JSON object with
  fields   values to fill in, by name, as a person would in the form; each must be assigned in one of the cells
  cells    the ids of the cells to run; all of them where it is not given
  secrets  the Colab secrets by name, null for one that this notebook may not read. Without it google.colab is not there.
"""

import ast
import json
import sys
import types


def fill(source, fields, filled):
    """source with the top-level assignments to the names in fields replaced."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in fields and name not in filled:
                statement.value = ast.copy_location(ast.Constant(fields[name]), statement.value)
                filled.add(name)
    return tree


def colab(secrets):
    """A google.colab with userdata alone."""

    class SecretNotFoundError(Exception):
        pass

    class NotebookAccessError(Exception):
        pass

    def get(name):
        if name not in secrets:
            raise SecretNotFoundError(f"Secret {name} does not exist.")
        if secrets[name] is None:
            raise NotebookAccessError(f"Notebook does not have access to secret {name}")
        return secrets[name]

    google, module, userdata = (types.ModuleType(n) for n in ("google", "google.colab", "google.colab.userdata"))
    userdata.get = get
    userdata.SecretNotFoundError, userdata.NotebookAccessError = SecretNotFoundError, NotebookAccessError
    google.colab, module.userdata = module, userdata
    for m in (google, module, userdata):
        sys.modules[m.__name__] = m


def main(path):
    job = json.load(sys.stdin)
    if "secrets" in job:
        colab(job["secrets"])
    else:
        sys.modules["google"] = sys.modules["google.colab"] = None  # even where it is installed
    with open(path, encoding="utf-8") as f:
        cells = [c for c in json.load(f)["cells"] if c["cell_type"] == "code"]
    wanted = job.get("cells", [c["id"] for c in cells])
    fields, filled, names = job.get("fields", {}), set(), {"__name__": "__main__"}
    trees = [(c["id"], fill("".join(c["source"]), fields, filled)) for c in cells if c["id"] in wanted]
    if len(trees) != len(wanted) or filled != set(fields):
        sys.exit(f"there is no such cell or field: {set(wanted) - {i for i, _ in trees}} {set(fields) - filled}")
    for name, tree in trees:
        exec(compile(tree, f"cell {name}", "exec"), names)


if __name__ == "__main__":
    main(sys.argv[1])
