"""Makes odd.safetensors: names and shapes at the edges of what the reference writer takes.

The other files were written by real tools: transformers.* by save_pretrained of transformers 5.23
(a tiny Llama with random weights, float16, max_shard_size 8KB), mergekit.* by mergekit 0.1.5 with
--out-shard-size 10000. Run with safetensors 0.8.0 and numpy.
"""

import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "no elements": np.zeros((0, 3), np.float32),
        "scalar": np.array(2.5, np.float16),
        'quote " backslash \\ newline \n control \x01 accent é line separator \u2028 </script>': np.arange(
            4, dtype=np.int64
        ).reshape(2, 2),
        "flags": np.array([True, False, True]),
    },
    "odd.safetensors",
    metadata={"format": "np"},
)
