"""What the benchmarks of encoders share: graphs of ONNX Runtime's fused operators put together by hand, and the measuring program."""

import subprocess

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic


class Graph:
    """Nodes and constants of a graph. ONNX Runtime's own optimizer would make such nodes of an exported model."""

    def __init__(self, weights):
        self.weights, self.nodes, self.initializers = weights, [], []

    def constant(self, name, value):
        value = np.ascontiguousarray(value).reshape(np.shape(value))
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def kept(self, name):
        return self.constant(name, self.weights[name])

    def node(self, kind, inputs, name, outputs=1, domain="", **attributes):
        names = [name] + [f"{name}.{i}" for i in range(1, outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, domain=domain, **attributes))
        return name

    def fused(self, kind, inputs, name, outputs=1, **attributes):
        return self.node(kind, inputs, name, outputs, "com.microsoft", **attributes)

    def product(self, x, name):
        return self.node("MatMul", [x, self.constant(f"{name}.t", self.weights[f"{name}.weight"].T)], f"{name}.mul")

    def attention(self, x, maps, name, heads, *mask):
        """Of three linear layers `maps`: queries, keys, values."""
        qkv = self.constant(f"{name}.qkv", np.concatenate([self.weights[f"{one}.weight"].T for one in maps], axis=1))
        bias = self.constant(f"{name}.qkv.bias", np.concatenate([self.weights[f"{one}.bias"] for one in maps]))
        return self.fused("Attention", [x, qkv, bias, *mask], f"{name}.attention", num_heads=heads)

    def save(self, path, inputs, outputs):
        value = lambda name, kind, shape: helper.make_tensor_value_info(name, kind, shape)
        values = [[value(*one) for one in some] for some in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, path.stem, *values, self.initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def quantise(path, to):
    """Dynamic int8, as ONNX Runtime has it."""
    quantize_dynamic(
        path, to, op_types_to_quantize=["MatMul", "Attention"], per_channel=True, weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )  # fmt: skip


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Ours:
    """An example of the crate, which answers one line for each line."""

    def __init__(self, arguments, threads):
        environment = {"RAYON_NUM_THREADS": str(threads), "PATH": ""}
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("the measuring program ended; its message stands above")
        return answer.strip()


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
