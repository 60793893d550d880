using System.Diagnostics;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>
/// Makes up inputs for a model: the same for the same model and seed, on every machine. Open sizes are the usual ones, or the first of many
/// with which inference finds no contradiction. Numbers keep to what their uses demand: an index is below the size that it indexes, a
/// divisor is not 0. Where nothing is demanded, floats are in [-1, 1), integers are 0 or 1 (they are often masks), and strings are short
/// words.
/// </summary>
/// <param name="sizes">Sizes of named dimensions.</param>
public sealed class InputGenerator(IReadOnlyDictionary<string, long> sizes)
{
    private const long MostVisits = 2_000_000; // of nodes, while sizes are tried by inference
    private const int MostTrials = 300;
    private const int MostRuns = 60;
    private static readonly TimeSpan LongestRuns = TimeSpan.FromSeconds(30);

    /// <summary>The seed of the random numbers.</summary>
    public int Seed { get; init; } = 20260101;

    /// <summary>Inputs that are not made up, by name. Those that are no tensors are not in the result.</summary>
    public IReadOnlyDictionary<string, DataValue> Given { get; init; } = ImmutableDictionary<string, DataValue>.Empty;

    /// <summary>A number for all elements of an input, by name.</summary>
    public IReadOnlyDictionary<string, double> Fills { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>A tensor for each input of a graph, by name; inputs with defaults and optionals are left out. Nothing runs.</summary>
    /// <exception cref="ModelException">An input is not a tensor or has no known element type (GP5004).</exception>
    public IReadOnlyDictionary<string, TensorData> For(Graph graph)
    {
        var search = new Search(this, graph);
        return search.Make(search.ByInference(), isLeast: false);
    }

    /// <summary>
    /// Finds inputs with which a graph runs. Sizes are first chosen by inference; where a run fails, others are tried, and those with which
    /// it comes further are kept.
    /// </summary>
    /// <param name="graph">The graph, in the canonical opset.</param>
    /// <param name="run">Runs the model; null if it ends well, or why not.</param>
    /// <returns>The inputs that work, or those with which the model came furthest.</returns>
    /// <exception cref="ModelException">An input is not a tensor or has no known element type (GP5004).</exception>
    public MadeUpInputs Find(Graph graph, Func<IReadOnlyDictionary<string, TensorData>, RunFailure?> run)
    {
        var search = new Search(this, graph);
        long[] sizes = search.ByInference();
        return search.ByRuns(sizes, run);
    }

    /// <summary>The search for one graph.</summary>
    private sealed class Search
    {
        private readonly InputGenerator _options;
        private readonly Graph _graph;
        private readonly InputSizes _sizes;
        private readonly SizeSearch _search;
        private readonly Dictionary<string, int> _places = [];

        public Search(InputGenerator options, Graph graph)
        {
            _options = options;
            _graph = WithGiven(graph, options.Given);
            _sizes = new InputSizes(_graph, options.SizesWith(graph));
            _search = new SizeSearch(_sizes.Free, GraphNumbers.Of(_graph));
            Place(_graph);
        }

        /// <summary>Numbers the nodes in their order; a body comes before the node that has it.</summary>
        private void Place(Graph graph)
        {
            foreach (Node node in graph.Nodes)
            {
                if (node.Attributes.Count > 0)
                    foreach (Graph body in node.Attributes.Bodies()) Place(body);
                _places.TryAdd(node.DisplayName, _places.Count);
            }
        }

        /// <summary>The usual sizes, or better ones if inference contradicts them.</summary>
        public long[] ByInference()
        {
            long[] usual = [.. _sizes.Free.Select(s => s.Usual)];
            int trials = (int)Math.Clamp(MostVisits / (_graph.Nodes.Length + 1), 4, MostTrials);
            return usual.Length == 0 ? usual : _search.Run(usual, Inferred, _graph.Nodes.Length, () => trials-- > 0).Sizes;
        }

        /// <summary>Inputs that run.</summary>
        public MadeUpInputs ByRuns(long[] start, Func<IReadOnlyDictionary<string, TensorData>, RunFailure?> run)
        {
            int nodes = _graph.Nodes.Length, goal = nodes + _places.Count + 1, runs = 0;
            long begin = Stopwatch.GetTimestamp();
            MadeUpInputs? best = null;
            int reached = -1;
            bool isLeast = false;
            int Measure(long[] sizes)
            {
                if (Inferred(sizes) is var inferred && inferred < nodes && runs > 0) return inferred;
                Dictionary<string, TensorData> values = Make(sizes, isLeast);
                runs++;
                RunFailure? failure = run(values);
                int measure = failure is null ? goal
                    : nodes + failure.Nodes.Reverse().Select(n => _places.GetValueOrDefault(n)).FirstOrDefault(place => place > 0);
                if (measure > reached) (best, reached) = (new(values, failure, runs), measure);
                return measure;
            }

            bool MayTry() => runs < MostRuns && Stopwatch.GetElapsedTime(begin) < LongestRuns;
            if (Measure(start) == goal) return best!;
            isLeast = true; // the least number that each use allows: often 0
            if (Measure(start) == goal) return best!;
            isLeast = false;
            if (start.Length > 0) new SizeSearch(_sizes.Free, GraphNumbers.Of(_graph)).Run(start, Measure, goal, MayTry);
            return best! with { Runs = runs };
        }

        /// <summary>A tensor for each input.</summary>
        public Dictionary<string, TensorData> Make(long[] sizes, bool isLeast)
        {
            bool isTyped = _sizes.Free.Count > 0;
            Graph typed = isTyped ? SizeTrial.Run(_graph, OperatorTable.Default, v => _sizes.DimsOf(v, sizes)).Typed : _graph;
            var demands = new DemandAnalysis(typed);
            var maker = new TensorMaker(new Random(_options.Seed), isLeast);
            var made = new Dictionary<string, TensorData>();
            for (int i = 0; i < _graph.Inputs.Length; i++)
            {
                Value input = _graph.Inputs[i];
                double? fill = _options.Fills.TryGetValue(input.Name, out double number) ? number : null;
                if (_options.Given.TryGetValue(input.Name, out DataValue? given))
                {
                    if (given is TensorValue { Data: var data }) made.Add(input.Name, data);
                }
                else if (fill is not null || !(_graph.Defaults.ContainsKey(input) || input.Type is OptionalType))
                    made.Add(input.Name, maker.Make(input, _sizes.DimsOf(input, sizes), demands.Of(typed.Inputs[i]), fill));
            }
            return made;
        }

        /// <summary>How many nodes inference passes before the first contradiction; all nodes if there is none.</summary>
        private int Inferred(long[] sizes) =>
            SizeTrial.Run(_graph, OperatorTable.Default, v => _sizes.DimsOf(v, sizes)).Fault ?? _graph.Nodes.Length;

        /// <summary>The graph with the types of given inputs.</summary>
        private static Graph WithGiven(Graph graph, IReadOnlyDictionary<string, DataValue> given) =>
            graph.Inputs.Any(v => DimsOf(v, given) is not null)
                ? SizeTrial.Run(graph, OperatorTable.Default, v => DimsOf(v, given)).Typed : graph;

        private static long[]? DimsOf(Value v, IReadOnlyDictionary<string, DataValue> given) =>
            v.Shape is not { IsStatic: true } && given.GetValueOrDefault(v.Name) is TensorValue { Data.Dims: var dims }
            && (v.Shape is not { } shape || shape.Rank == dims.Length) ? [.. dims] : null;
    }

    /// <summary>The given sizes, and those that given inputs have.</summary>
    private Dictionary<string, long> SizesWith(Graph graph)
    {
        Dictionary<string, long> all = new(sizes);
        foreach (Value input in graph.Inputs)
            if (Given.GetValueOrDefault(input.Name) is TensorValue { Data: var data } && input.Shape is { } shape
                && shape.Rank == data.Dims.Length)
                for (int axis = 0; axis < shape.Rank; axis++)
                    if (shape[axis].Symbol is { } name) all.TryAdd(name, data.Dims[axis]);
        return all;
    }
}
