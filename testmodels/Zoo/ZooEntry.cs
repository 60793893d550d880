using System.Globalization;
using GraphPartition.Ir.Graphs;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels;

/// <summary>A model that can be built: what it is called and what can be chosen of it.</summary>
public sealed class ZooEntry
{
    private readonly Action<NetworkBuilder> _build;

    internal ZooEntry(string name, string description, Action<NetworkBuilder> build)
    {
        Name = name;
        Description = description;
        _build = build;
    }

    /// <summary>The name on the command line, in lower case.</summary>
    public string Name { get; }

    /// <summary>What it is, in one line.</summary>
    public string Description { get; }

    /// <summary>The usual size of its images; null where it takes none.</summary>
    public int? Image { get; internal init; }

    /// <summary>The usual length of its texts; null where it takes none.</summary>
    public int? Sequence { get; internal init; }

    /// <summary>How many trained parameters it has; null where nobody has published it.</summary>
    public long? Parameters { get; internal init; }

    /// <summary>
    /// How far the results of two right executions may lie apart. It is large where the model rounds: a difference in the last bit
    /// then moves an element by a whole step, and the layers behind it spread that.
    /// </summary>
    public double Tolerance { get; internal init; } = 1e-3;

    /// <summary>Builds the model with its weights. Nothing here keeps it: it may be half a gigabyte.</summary>
    /// <exception cref="ArgumentException">An option has no meaning for this model, or a value that it cannot take.</exception>
    public Model Build(NetworkOptions? options = null)
    {
        options ??= new NetworkOptions();
        if (options.Batch.IsUnknown || options.Batch.Is(0)) throw new ArgumentException("the batch needs a size or a name");
        var net = new NetworkBuilder(Name, options with
        {
            Image = Choose(options.Image, Image, "image size"),
            Sequence = Choose(options.Sequence, Sequence, "sequence length"),
        });
        _build(net);
        return net.Finish();
    }

    private int? Choose(int? chosen, int? usual, string what)
    {
        if (chosen is null) return usual;
        if (usual is null) throw new ArgumentException($"{Name} takes no {what}");
        if (chosen <= 0) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{chosen} is not a valid {what}"));
        return chosen;
    }
}
