using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Executes operators for the compiler, which cannot execute them itself. Implementations are deterministic:
/// equal models give equal results.
/// </summary>
public interface IConstantEvaluator
{
    /// <summary>Computes the outputs of a model without inputs. Never throws because of the model.</summary>
    Evaluation Evaluate(Model model);
}

/// <summary>The results of a model without inputs, or why there are none.</summary>
/// <param name="Values">One for each output, null where it is not a tensor; default (not empty) where the evaluation failed.</param>
/// <param name="Failure">Why it failed, else null.</param>
public readonly record struct Evaluation(ImmutableArray<TensorData?> Values, string? Failure)
{
    /// <summary>Results.</summary>
    public static Evaluation Of(ImmutableArray<TensorData?> values) => new(values, null);

    /// <summary>No results, with the reason.</summary>
    public static Evaluation Failed(string reason) => new(default, reason);
}
