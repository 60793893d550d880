namespace GraphPartition.Operators.Inference;

/// <summary>
/// Says the shapes of a node's outputs, and their element types where the schema's type variables do not. A rule never
/// throws on a wrong model: it reports what is wrong and leaves the output as unknown as it is.
/// </summary>
public delegate void ShapeRule(NodeTyping node);
