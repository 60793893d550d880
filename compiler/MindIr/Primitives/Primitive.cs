namespace GraphPartition.MindIr.Primitives;

/// <summary>A row of the table: how one MindSpore primitive is converted to ONNX operators.</summary>
/// <remarks>
/// A primitive's arguments reach a file in two ways. Up to MindSpore 2.2, and still for some primitives, constant arguments are
/// attributes; since 2.3 most of them are inputs behind the others, in a fixed order. The signature names all arguments in that
/// order, first those that always were inputs, then, after a '|', those that were attributes: "x | axis keep_dims".
/// </remarks>
/// <param name="name">The primitive's name.</param>
/// <param name="signature">The names of its arguments in order.</param>
/// <param name="convert">Emits the nodes and returns the primitive's result.</param>
internal sealed class Primitive(string name, string signature, Func<PrimitiveCall, Operand> convert)
{
    private readonly string[] _arguments = signature.Split([' ', '|'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The primitive's name.</summary>
    public string Name { get; } = name;

    /// <summary>Emits the nodes and returns the primitive's result. Throws <see cref="ImportFault"/>.</summary>
    public Func<PrimitiveCall, Operand> Convert { get; } = convert;

    /// <summary>How many inputs are looked at: the rest orders side effects and need not even be executable.</summary>
    public int Reads { get; init; } = int.MaxValue;

    /// <summary>Whether the number of inputs is free (MakeTuple, Partial).</summary>
    public bool IsVariadic => _arguments is ["..."];

    /// <summary>The number of arguments that the signature names.</summary>
    public int ArgumentCount => _arguments.Length;

    /// <summary>The place of an argument among the inputs; -1: it can only be an attribute.</summary>
    public int IndexOf(string argument) => Array.IndexOf(_arguments, argument);
}
