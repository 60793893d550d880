namespace GraphPartition.MixedPrecision.Emulation;

/// <summary>
/// Makes an FP32 model that computes the numbers of a model with FP16 and BF16 values: behind each node that gives 16 bits, two Casts round
/// its FP32 result. ONNX Runtime's CPU computes FP16 nodes in FP32 and drops the Casts between them, so a run of the 16-bit model itself
/// shows neither its rounding nor its overflows; it keeps these pairs at every level of optimization.
/// </summary>
public static class Emulator
{
    /// <summary>The model in FP32 with rounding. Inputs and outputs keep their types.</summary>
    /// <param name="model">A model in the canonical opset.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <returns>The emulation; the model itself where it has no 16-bit value.</returns>
    public static Model Emulate(Model model, OperatorTable operators)
    {
        Graph graph = new EmulatedGraph(model.Graph, operators).Build();
        return ReferenceEquals(graph, model.Graph) ? model : model with { Graph = graph, Training = [] };
    }
}
