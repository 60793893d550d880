namespace GraphPartition.Operators.Inference;

/// <summary>
/// Sets the shapes of a node's outputs, and their element types where the schema's type variables do not determine them. A rule
/// never throws on a wrong model: it reports what is wrong and leaves the output unknown.
/// </summary>
public delegate void ShapeRule(NodeTyping node);
