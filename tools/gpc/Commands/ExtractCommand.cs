using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc extract MODEL -o OUT.onnx</c>: writes a part of a model as a model of its own.</summary>
internal static class ExtractCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("extract", "Writes a part of a model as a model of its own: between values, some nodes, one engine or one segment of the plan.");
        var model = new ModelArguments(command);
        var from = Names("--from", "The part starts at these values, which become inputs. Default: the inputs of the model.");
        var to = Names("--to", "The part ends with these values, which become outputs. Default: the outputs of the model.");
        var nodes = new Option<string[]>("--nodes") { Description = "The part is these nodes.", HelpName = "SELECTOR" };
        var engine = OptionOf.OptionalNumber("--engine", "N", "The part is engine N of the plan, after the passes.", 0);
        var segment = OptionOf.OptionalNumber("--segment", "N", "The part is segment N of the plan in the order of execution, after the passes.", 0);
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        command.Add(OptionGroup.Common, from, to, nodes, engine, segment, output);
        OptionOf.Exclusive(command, nodes, engine, segment);
        OptionOf.Refuse(command, result => OptionOf.AnyGiven(result, nodes, engine, segment) ? "with --nodes, --engine and --segment" : null, from, to);
        command.SetAction(parsed =>
        {
            ModelRequest request = model.Request(parsed);
            string path = parsed.GetRequiredValue(output);
            OutputFile.Check([("--output", path)], request.Path);
            var service = new ModelService(request, _ => { });
            Model part;
            if (parsed.GetValue(engine) is { } number) part = Engine(service.Plan().Compilation, number);
            else if (parsed.GetValue(segment) is { } place) part = Segment(service.Plan().Compilation, place);
            else
            {
                Model read = service.Read();
                Model source = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
                part = source with
                {
                    Graph = parsed.GetValue(nodes) is { Length: > 0 } selectors ? Selected(source.Graph, selectors)
                        : Between(source.Graph, parsed.GetValue(from) ?? [], parsed.GetValue(to) ?? []),
                };
            }
            OutputFile.CheckWeights(path, part);
            ModelFile.Write(part with { Training = [] }, path); // it is about the whole model
            AnsiConsole.WriteLine($"wrote {path}: {part.Graph.Nodes.Length} nodes");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "VALUE,...",
        AllowMultipleArgumentsPerToken = false,
    };

    private static Model Engine(Compiler.Compilation compilation, int number)
    {
        PlacedGroup[] groups = [.. compilation.Plan.Cut.Place(compilation.Model with { Graph = compilation.Plan.Graph })];
        PlacedGroup group = groups.FirstOrDefault(g => g.Group.Id == number)
            ?? throw GpcCodes.BadOption.Error($"--engine {number}", groups.Length == 0 ? "the plan has no engine" : $"the plan has engines 0 to {groups.Length - 1}");
        return compilation.Model with { Graph = group.Segment.Extract(group.Graph, weightsAsInputs: false, $"TrtNode_{number}") };
    }

    private static Model Segment(Compiler.Compilation compilation, int number)
    {
        PartitionPlan plan = compilation.Plan;
        return number < plan.Segments.Length
            ? compilation.Model with { Graph = plan.Segments[number].Extract(plan.Graph, weightsAsInputs: false, $"segment_{number}") }
            : throw GpcCodes.BadOption.Error($"--segment {number}", $"the plan has segments 0 to {plan.Segments.Length - 1}");
    }

    private static Graph Selected(Graph graph, string[] texts)
    {
        NodeSelector[] selectors = [.. texts.Select(t => NodeSelector.Parse(t, "--nodes"))];
        foreach (NodeSelector selector in selectors)
            if (!graph.Nodes.Any(selector.Matches)) throw GpcCodes.BadOption.Error($"--nodes {selector.Text}", selector.Mismatch(graph));
        return Subgraph.OfNodes(graph, [.. Enumerable.Range(0, graph.Nodes.Length)
            .Where(n => selectors.Any(s => s.Matches(graph.Nodes[n])))])
            ?? throw GpcCodes.BadOption.Error("--nodes", "these nodes take values that are not tensors, so they are no model of their own");
    }

    private static Graph Between(Graph graph, string[] from, string[] to)
    {
        Dictionary<string, Value> values = graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Concat(graph.Inputs)
            .DistinctBy(v => v.Name)
            .ToDictionary(v => v.Name);
        Value[] starts = [.. Find(from, "--from")], ends = [.. Find(to, "--to")];
        return Subgraph.Between(graph, starts.ToHashSet(), ends.Length > 0 ? ends : [.. graph.Outputs])
            ?? throw GpcCodes.BadOption.Error("--from, --to", "there is no node between these values");

        IEnumerable<Value> Find(string[] texts, string option) => texts.SelectMany(t => t.Split(','))
            .Select(name => values.TryGetValue(name, out Value? value)
            ? value : throw GpcCodes.BadOption.Error($"{option} {name}", $"the model has no value of this name{NearNames.Hint(name, values.Keys)}"));
    }
}
