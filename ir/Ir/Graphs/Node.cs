namespace GraphPartition.Ir.Graphs;

/// <summary>One application of an operator. Immutable.</summary>
public sealed class Node
{
    /// <summary>Made by <see cref="GraphBuilder"/>.</summary>
    internal Node(
        OpName op, string name, ImmutableArray<Value?> inputs, ImmutableArray<Value?> outputs, AttributeMap attributes,
        int version, Metadata? metadata)
    {
        Op = op;
        Name = name;
        Inputs = inputs;
        Outputs = outputs;
        Attributes = attributes;
        Version = version;
        Metadata = metadata;
    }

    /// <summary>What the node computes.</summary>
    public OpName Op { get; }

    /// <summary>The name in the file: for people only. It may be empty and need not be unique.</summary>
    public string Name { get; }

    /// <summary>The inputs in order; null where an optional input is left out.</summary>
    public ImmutableArray<Value?> Inputs { get; }

    /// <summary>The outputs in order; null where an optional output is left out.</summary>
    public ImmutableArray<Value?> Outputs { get; }

    /// <summary>The attributes, bodies among them.</summary>
    public AttributeMap Attributes { get; }

    /// <summary>
    /// 0 where the operator is meant as the model's opset has it; else the opset version whose meaning this node keeps,
    /// because the model's own opset cannot express it.
    /// </summary>
    public int Version { get; }

    /// <summary>Documentation and metadata of the file, or null.</summary>
    public Metadata? Metadata { get; }

    /// <summary>Values of the graph around this node that its bodies use; each once, in order of first use.</summary>
    public ImmutableArray<Value> Captures => Attributes.Captures;

    /// <summary>The input at <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Input(int index) => index < Inputs.Length ? Inputs[index] : null;

    /// <summary>The output at <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Output(int index) => index < Outputs.Length ? Outputs[index] : null;

    /// <summary>The name of the first output that is not left out; empty if all are. It stays when inputs are replaced.</summary>
    public string FirstResult => Outputs.FirstOrDefault(v => v is not null)?.Name ?? "";

    /// <summary>The name, else that of the first output, else the operator: how plans list this node.</summary>
    public string DisplayName
    {
        get
        {
            if (Name.Length > 0) return Name;
            foreach (Value? output in Outputs)
                if (output is { Name.Length: > 0 }) return output.Name;
            return Op.ToString();
        }
    }

    /// <summary>The node in messages: the operator with its name.</summary>
    public string Label => $"{Op} '{DisplayName}'";

    /// <inheritdoc/>
    public override string ToString() => Label;
}
