using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators.Extensions;

/// <summary>
/// An operator that a user adds, or knows better than the table: <see cref="OperatorTable.With"/>. It must be thread-safe.
/// A file (<see cref="OperatorsFile"/>) declares simple ones without code.
/// </summary>
public interface IOperatorExtension
{
    /// <summary>The operator.</summary>
    OpName Name { get; }

    /// <summary>
    /// Whether it speaks of TensorRT only: what the table knows of the operator's types stays, and <see cref="Infer"/> is not
    /// asked.
    /// </summary>
    bool KeepsTypes => false;

    /// <summary>The first TensorRT release that runs the operator, for listings; null where none does or the node decides.</summary>
    TensorRtRelease? Since => null;

    /// <summary>
    /// Whether the operator computes the same outputs from the same inputs, every time, and has no other effect. Only then are its nodes
    /// folded, merged with equal ones, or removed if nothing uses them.
    /// </summary>
    bool IsPure => false;

    /// <summary>Sets the types of the outputs, as a <see cref="ShapeRule"/>; element types too, since there is no schema.</summary>
    void Infer(NodeTyping node);

    /// <summary>Whether a release of TensorRT runs the node, for instance by a plugin; if not, why not.</summary>
    Verdict SupportOf(Node node, TensorRtTarget target);
}
