using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Runs models on the user's samples for the compiler, which cannot run them itself. Implementations are deterministic: equal models give
/// equal results.
/// </summary>
public interface ISampleRunner
{
    /// <summary>The number of samples: sets of inputs.</summary>
    int Count { get; }

    /// <summary>Prepares a model for many runs.</summary>
    /// <param name="model">The model, in an opset that the runner takes.</param>
    /// <param name="optimizes">Whether the runner may change the graph to be faster: then the last bits of results differ.</param>
    /// <exception cref="ModelException">The samples do not fit the model.</exception>
    /// <exception cref="EnvironmentException">The runner refuses the model.</exception>
    ISampleSession Load(Model model, bool optimizes = false);
}

/// <summary>A model that is ready to run.</summary>
public interface ISampleSession : IDisposable
{
    /// <summary>Runs the model on a sample.</summary>
    /// <param name="sample">The number of the sample, from 0.</param>
    /// <param name="outputs">The numbers of the wanted outputs in the graph; only what they need is computed.</param>
    /// <param name="more">Inputs that are in no sample, by name.</param>
    /// <returns>The wanted outputs in that order; null where one is not a tensor.</returns>
    /// <exception cref="EnvironmentException">The run fails.</exception>
    ImmutableArray<TensorData?> Run(
        int sample, IReadOnlyList<int> outputs, IReadOnlyDictionary<string, TensorData> more);

    /// <summary>Runs the model on a sample and reads tensors in place: a copy of all activations takes as long as the run.</summary>
    /// <param name="sample">The number of the sample, from 0.</param>
    /// <param name="outputs">The numbers of the wanted outputs in the graph.</param>
    /// <param name="read">Is called for each of them that is a tensor of numbers.</param>
    /// <exception cref="EnvironmentException">The run fails.</exception>
    void Read(int sample, IReadOnlyList<int> outputs, OutputReader read);
}

/// <summary>Reads an output while the runner owns it.</summary>
/// <param name="place">Its place among the wanted outputs.</param>
/// <param name="element">Its element type.</param>
/// <param name="bytes">Its elements.</param>
public delegate void OutputReader(int place, ElementType element, ReadOnlySpan<byte> bytes);
