"""Makes verdicts.json: small headers, and whether the reference reader opens a file that has them.

Run with safetensors 0.8.0 and numpy.
"""

import json
import os
import struct
import tempfile

import safetensors
from safetensors import safe_open

# A name, the header, and bytes of data behind it.
cases = [
    ("nothing", '', 0),
    ("list", '[]', 0),
    ("space before", ' {}', 0),
    ("trailing comma", '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},}', 0),
    ("{}x", '{}x', 0),
    ("zeros behind", '{}  \x00 ', 0),
    ("newline behind", '{}\n', 0),
    ("tab behind", '{}\t', 0),
    ("second object", '{}{}', 0),
    ("empty file", '{}', 0),
    ("empty obj data", '{}', 1),
    ("hole", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
    ("empty inside another", '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}', 4),
    ("empty at end", '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}', 4),
    ("end before begin", '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}', 4),
    ("trailing data", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 2),
    ("short data", '{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 1),
    ("overflow before zero", '{"w":{"dtype":"F32","shape":[9223372036854775807,4,0],"data_offsets":[0,0]}}', 0),
    ("zero then overflow", '{"w":{"dtype":"F32","shape":[0,9223372036854775807,4],"data_offsets":[0,0]}}', 0),
    ("dim 2^63 with 0", '{"w":{"dtype":"U8","shape":[9223372036854775808,0],"data_offsets":[0,0]}}', 0),
    ("dim 2^64-1 with 0", '{"w":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}}', 0),
    ("1.0", '{"w":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', 1),
    ("1e0", '{"w":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', 1),
    ("-0", '{"w":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}', 0),
    ("string num", '{"w":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}', 1),
    ("shape null", '{"w":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}', 1),
    ("65 dims", '{"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}', 1),
    ("64 dims", '{"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}', 1),
    ("three offsets", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}', 1),
    ("offsets object", '{"w":{"dtype":"U8","shape":[1],"data_offsets":{"0":0,"1":1}}}', 1),
    ("lowercase dtype", '{"w":{"dtype":"bf16","shape":[1],"data_offsets":[0,2]}}', 2),
    ("F4", '{"w":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}', 1),
    ("E8M0", '{"w":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]}}', 1),
    ("F6_E2M3", '{"w":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}', 3),
    ("FNUZ", '{"w":{"dtype":"F8_E4M3FNUZ","shape":[1],"data_offsets":[0,1]}}', 1),
    ("C64", '{"w":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}', 8),
    ("BOOL", '{"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}', 1),
    ("U64", '{"w":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}', 8),
    ("no dtype", '{"w":{"shape":[1],"data_offsets":[0,1]}}', 1),
    ("no shape", '{"w":{"dtype":"U8","data_offsets":[0,1]}}', 1),
    ("unknown key", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]}}', 1),
    ("unknown key null", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":null}}', 1),
    ("unknown key nested", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":{"a":[{}]}}}', 1),
    ("dtype twice same", '{"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("shape twice", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"shape":[1]}}', 1),
    ("tensor list form", '{"w":["U8",[1],[0,1]]}', 1),
    ("tensor null", '{"w":null}', 0),
    ("tensor true", '{"w":true}', 0),
    ("tensor twice same", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("tensor twice empty", '{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}', 0),
    ("tensor twice second valid", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[5,6]},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("no name", '{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("half surrogate", '{"\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("replacement char in name", '{"\ufffd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("NUL in name", '{"a\\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("raw control in name", '{"a\x01":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("meta twice", '{"__metadata__":{},"__metadata__":{}}', 0),
    ("meta list", '{"__metadata__":[]}', 0),
    ("meta null", '{"__metadata__":null}', 0),
    ("meta null then object", '{"__metadata__":null,"__metadata__":{"a":"b"}}', 0),
    ("meta number", '{"__metadata__":{"t":1}}', 0),
    ("meta value null", '{"__metadata__":{"t":null}}', 0),
    ("meta nested", '{"__metadata__":{"t":{}}}', 0),
    ("meta string", '{"__metadata__":"x"}', 0),
    ("meta key twice", '{"__metadata__":{"a":"","a":""}}', 0),
    ("meta as tensor", '{"__metadata__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("meta bool", '{"__metadata__":false}', 0),
    ("big F16 misalign", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}', 5),
    ("BOM", '\ufeff{}', 0),
    ("dtype null", '{"w":{"dtype":null,"shape":[1],"data_offsets":[0,1]}}', 1),
    ("whitespace inside", '{\n "w" : { "dtype" : "U8" ,\t"shape" : [ 1 ] , "data_offsets" : [ 0 , 1 ] } }  ', 1),
    ("dtype escaped", '{"w":{"dtype":"\\u0055\\u0038","shape":[1],"data_offsets":[0,1]}}', 1),
    ("key escaped", '{"w":{"\\u0064type":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("number leading zero", '{"w":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}', 1),
    ("deep 200", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}', 1),
    ("meta half surrogate", '{"__metadata__":{"a":"\\ud800"}}', 0),
    ("meta escaped pair", '{"__metadata__":{"a":"\\ud83d\\ude00"}}', 0),
    ("half surrogate then pair", '{"\\ud800\\ud83d\\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("escaped replacement char", '{"\\ufffd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("escaped backslash before u", '{"\\\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ("unknown key twice", '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1,"x":2}}', 1),
    ("meta whitespace null", '{"__metadata__" : null }', 0),
    ("CRLF behind", '{}\r\n', 0),
    ("form feed behind", '{}\x0c', 0),
    ("only spaces", '   ', 0),
    ("two dims without elements", '{"a":{"dtype":"I64","shape":[3,0],"data_offsets":[0,0]}}', 0),
]

verdicts = []
for name, header, data in cases:
    text = header.encode()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.safetensors")
        with open(path, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + bytes(data))
        try:
            with safe_open(path, "np") as f:
                f.keys()
            says = ""
        except Exception as e:
            says = str(e)
    verdicts.append({"name": name, "header": header, "data": data, "opens": says == "", "error": says})
with open("verdicts.json", "w") as f:
    json.dump({"reference": "safetensors " + safetensors.__version__, "headers": verdicts}, f, indent=1)
    f.write("\n")
