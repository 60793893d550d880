using System.Globalization;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;

namespace GraphPartition.Gpc.Inputs;

/// <summary>
/// Inputs as <c>--input</c> gives them: <c>NAME=FILE.npy</c>, <c>NAME=FILE.pb</c>, <c>NAME=16000</c> (one number for all elements), or
/// <c>NAME=1,2,3</c> (the elements in row-major order).
/// </summary>
internal sealed class GivenInputs
{
    private readonly Graph _graph;

    /// <summary>Reads the inputs.</summary>
    /// <param name="texts">The values of the option.</param>
    /// <param name="graph">The graph whose inputs they are.</param>
    /// <exception cref="ModelException">GP3022 for every text that is wrong; GP5008: a file cannot be used.</exception>
    public GivenInputs(IEnumerable<string> texts, Graph graph)
    {
        _graph = graph;
        var faults = new List<Diagnostic>();
        foreach (string text in texts)
        {
            try
            {
                Add(text);
            }
            catch (ModelException e)
            {
                faults.AddRange(e.Diagnostics);
            }
        }
        if (faults.Count > 0) throw new ModelException(faults);
    }

    /// <summary>Whole inputs, by name.</summary>
    public Dictionary<string, DataValue> Values { get; } = [];

    /// <summary>A number for all elements of an input, by name.</summary>
    public Dictionary<string, double> Fills { get; } = [];

    private void Add(string text)
    {
        string[] names = [.. _graph.Inputs.Select(v => v.Name)];
        string name = names.Where(n => text.StartsWith(n + "=", StringComparison.Ordinal)).MaxBy(n => n.Length) ?? text.Split('=')[0];
        if (name.Length >= text.Length - 1) throw Fault(text, "--input takes NAME=VALUE, NAME=FILE.npy or NAME=FILE.pb");
        Value input = _graph.Inputs.FirstOrDefault(v => v.Name == name)
            ?? throw Fault(text, $"the model has no such input{NearNames.Hint(name, names)}");
        if (Values.ContainsKey(name) || Fills.ContainsKey(name)) throw Fault(text, $"'{name}' is given twice");
        string value = text[(name.Length + 1)..];
        if (Path.GetExtension(value) is ".npy" or ".pb")
        {
            DataValue data = Path.GetExtension(value) == ".npy" ? NpyFile.Read(value) : TestDataSet.ReadValue(value, input.Type);
            if (data is TensorValue { Data: var tensor } && !Fits(tensor, input.Type))
                throw Fault(text, $"the file has {tensor.Type}, the input is {input.Type}");
            Values.Add(name, data);
            return;
        }
        if (input.Type is not TensorType { Element: not ElementType.Undefined } type)
            throw Fault(text, $"an input of type {input.Type} needs a file in ONNX test-data form (.pb)");
        string[] elements = value.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries);
        if (elements.Length > 1 || type.Element == ElementType.String) Values.Add(name, Listed(text, elements, type));
        else Fills.Add(name, NumberOf(text, elements[0], type.Element));
    }

    private static TensorData Listed(string text, string[] elements, TensorType type)
    {
        if (DimsFor(type.Shape, elements.Length) is not { } dims)
            throw Fault(text, $"{elements.Length} elements do not form a {type}; an array of more dimensions needs a file (.npy)");
        if (type.Element == ElementType.String)
            return new StringTensor([.. dims], [.. elements.Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))]);
        TensorData[] scalars = [.. elements.Select(e => Numbers.Scalar(type.Element, NumberOf(text, e, type.Element))
            ?? throw Fault(text, $"elements of type {type.Element.Keyword()} need a file (.pb)"))];
        return new MemoryTensor(type.Element, [.. dims], scalars.SelectMany(s => s.Bytes.ToArray()).ToArray());
    }

    /// <summary>Dimensions for a list of elements: open ones are 1, but the last open one takes what is left.</summary>
    private static long[]? DimsFor(Shape? shape, long count)
    {
        long[] dims = shape is null ? [-1] : [.. shape.Dims.Select(d => d.IsKnown ? d.Size : -1)];
        int last = Array.LastIndexOf(dims, -1);
        for (int i = 0; i < dims.Length; i++) dims[i] = dims[i] < 0 ? 1 : dims[i];
        if (last >= 0 && TensorData.CountOf([.. dims]) is > 0 and var others && count % others == 0) dims[last] = count / others;
        return TensorData.CountOf([.. dims]) == count ? dims : null;
    }

    private static double NumberOf(string text, string element, ElementType type)
    {
        if (type == ElementType.Bool && bool.TryParse(element, out bool truth)) return truth ? 1 : 0;
        if (!double.TryParse(element, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            throw Fault(text, $"'{element}' is neither a number nor a file that ends in .npy or .pb");
        return Numbers.IsFloat(type) || number == Math.Floor(number) ? number
            : throw Fault(text, $"the input holds whole numbers ({type.Keyword()}), not {element}");
    }

    private static bool Fits(TensorData data, IrType type) => type is not TensorType { } wanted
        || IrType.Merge(wanted, data.Type) is not null;

    private static ModelException Fault(string text, string message) => GpcCodes.BadInputValue.Error($"--input {text}", message);
}
