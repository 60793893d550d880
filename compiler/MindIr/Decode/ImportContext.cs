namespace GraphPartition.MindIr.Decode;

/// <summary>What the parts of one import share: options, diagnostics, limits, and the constants that are in the graph.</summary>
internal sealed class ImportContext
{
    /// <summary>How deep calls and branches may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many faults are reported at most.</summary>
    private const int MaxErrors = 100;

    /// <summary>Functions that call each other twice at each level double the graph with each: a bound on the steps of an import.</summary>
    private const int MaxSteps = 4_000_000;

    private readonly Dictionary<TensorData, Value> _constants = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _nodeNames = [];
    private int _errors;
    private int _steps;
    private int _trials;

    /// <summary>Starts an import.</summary>
    /// <param name="rules">Infers the types of values.</param>
    /// <param name="scope">Takes warnings and fresh symbols; null: a new one.</param>
    /// <param name="directory">The directory of the weights beside the model; null where there are none.</param>
    public ImportContext(IOperatorRules rules, BuildScope? scope, string? directory)
    {
        Scope = scope ?? new BuildScope();
        Root = new GraphBuilder(rules, Scope);
        Weights = new ExternalFiles(directory);
    }

    public BuildScope Scope { get; }

    /// <summary>Builds the main graph. Every constant lies there; bodies capture them.</summary>
    public GraphBuilder Root { get; }

    /// <summary>The files with weights beside the model.</summary>
    public ExternalFiles Weights { get; }

    public bool HasErrors => _errors > 0;

    /// <summary>Whether the import has taken more steps than it may.</summary>
    public bool GivenUp => _steps > MaxSteps;

    public void Report(DiagnosticCode code, string where, string message)
    {
        if (_trials == 0 && _errors++ < MaxErrors) Scope.Report(code.At(where, message));
    }

    /// <summary>Runs a trial, whose faults and nodes are discarded. The same work is done again later.</summary>
    public T Try<T>(Func<T> trial)
    {
        _trials++;
        try
        {
            return trial();
        }
        finally
        {
            _trials--;
        }
    }

    /// <summary>The value of a constant in the main graph; one for all its uses.</summary>
    public Value Constant(TensorData data, string name)
    {
        if (!_constants.TryGetValue(data, out Value? value)) _constants.Add(data, value = Root.Constant(name, data));
        return value;
    }

    /// <summary>A unique name for a node: runtimes need that, and inlined calls repeat names.</summary>
    public string NodeName(string wanted)
    {
        if (_trials > 0) return "";
        if (_nodeNames.TryAdd(wanted, 0)) return wanted;
        string name;
        do name = $"{wanted}_{++_nodeNames[wanted]}"; while (!_nodeNames.TryAdd(name, 0));
        return name;
    }

    /// <summary>Counts the steps of the import and limits them, since a hostile file could have an endless number.</summary>
    public void Count(int steps)
    {
        _steps = (int)Math.Min(int.MaxValue, (long)_steps + steps);
        if (GivenUp) throw new ImportFault(ModelCodes.TooDeep, $"the functions expand to more than {MaxSteps} steps");
    }
}
