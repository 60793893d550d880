using GraphPartition.MindIr.Primitives;

namespace GraphPartition.MindIr.Evaluate;

/// <summary>What a node does, with every reference in its op_type resolved.</summary>
internal abstract record Operation;

/// <summary>The node is a constant.</summary>
internal sealed record ConstantOperation : Operation;

/// <summary>The node applies a primitive.</summary>
/// <param name="Name">The primitive's name, without prefix.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Row">How it is converted, or null where the table does not know it.</param>
internal sealed record PrimitiveOperation(string Name, AttributeSet Attributes, Primitive? Row) : Operation;

/// <summary>The node calls a graph of the file.</summary>
internal sealed record GraphOperation(GraphSource Graph) : Operation;

/// <summary>The node calls what a value holds.</summary>
internal sealed record ValueOperation(string Name) : Operation;

/// <summary>The node cannot be executed.</summary>
internal sealed record FaultyOperation(DiagnosticCode Code, string Message) : Operation;
