using GraphPartition.Ir.Types;
using GraphPartition.Operators.Inference;

namespace GraphPartition.CompiledModels;

/// <summary>
/// Which If, Loop and Scan nodes a session runs itself, body by body. Only there groups in bodies can run on engines; so the
/// compiler, too, has to know.
/// </summary>
public static class FlowSupport
{
    private const int ScanWithoutBatch = 9; // the opset since which Scan has no batch dimension and no lengths

    /// <summary>Whether sessions run a node body by body; a node for which they do not goes whole to ONNX Runtime.</summary>
    /// <param name="node">A node with bodies.</param>
    /// <param name="model">The model that it is in, whose opset counts.</param>
    public static Verdict Judge(Node node, Model model) =>
        WhyNot(node, model) is { } reason ? Verdict.No(reason, "control flow") : Verdict.Yes;

    private static string? WhyNot(Node node, Model model)
    {
        if (node.Captures.Concat(node.Outputs.OfType<Value>()).FirstOrDefault(v => IsSmall(v)) is { } small)
            return $"'{small.Name}' is {small.Type}, which ONNX Runtime's C# API lacks";
        if (node.Op.Is("If")) return If(node);
        if (node.Op.Is("Scan") && (node.Version > 0 ? node.Version : model.Opsets.GetValueOrDefault("", 0)) < ScanWithoutBatch)
            return "a Scan of opset 8 has a batch dimension of its own";
        if (!node.Op.Is("Loop") && !node.Op.Is("Scan")) return $"{node.Op} is not known here";
        return LoopForm.TryOf(node) is { } form ? Loop(form) : "the body does not fit the node's inputs and outputs";
    }

    private static string? If(Node node)
    {
        if (node.Attributes.Body("then_branch") is not { } then
            || node.Attributes.Body("else_branch") is not { } other || node.Input(0) is null)
            return "it lacks a branch or the condition";
        if (then.Outputs.Length < node.Outputs.Length || other.Outputs.Length < node.Outputs.Length)
            return "a branch has fewer results than the node";
        return then.Outputs.Concat(other.Outputs).Select(CannotPass).FirstOrDefault(r => r is not null);
    }

    private static string? Loop(LoopForm form)
    {
        Graph body = form.Body;
        for (int k = 0; k < form.Carried; k++)
        {
            Value[] values = [form.Initial[k], body.Inputs[form.FirstCarriedInput + k], body.Outputs[form.FirstCarriedOutput + k]];
            if (values.Select(CannotPass).FirstOrDefault(r => r is not null) is { } reason) return reason;
        }
        return form.Scanned.Select(s => CannotCut(s.Sequence))
            .Concat(body.Outputs.Skip(form.FirstStackedOutput).Select(CannotCut)).FirstOrDefault(r => r is not null);
    }

    /// <summary>Tensors and sequences pass as they are. An optional may be empty, for which ONNX Runtime's API has no value.</summary>
    private static string? CannotPass(Value value) =>
        value.Type is SequenceType or TensorType { Element: not ElementType.Undefined } ? null : $"'{value.Name}' is {value.Type}";

    /// <summary>Whether a tensor has elements of 8-bit floats or of less than 8 bits.</summary>
    private static bool IsSmall(Value value) => value.ElementType >= ElementType.Float8E4M3FN;

    private static string? CannotCut(Value value) =>
        value.Type is TensorType { Element: not (ElementType.Undefined or ElementType.String) } type && type.Element.Bits() % 8 == 0 ? null
        : $"'{value.Name}' is {value.Type}";
}
