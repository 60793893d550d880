namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Expresses a node in other operators, so that a target that lacks the operator can take its parts. It adds the nodes to the builder and
/// sets each result that <see cref="BodyBuilder.Wants"/>.
/// </summary>
/// <returns>Null where it did; else the reason why this form of the operator cannot be expressed. What was added is dropped then.</returns>
public delegate string? FunctionBody(BodyBuilder body);
