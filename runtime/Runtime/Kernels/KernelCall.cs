using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Kernels;

/// <summary>One execution of a node by a kernel: inputs in host memory, and the place for the outputs.</summary>
public sealed class KernelCall
{
    private readonly OrtValue?[] _inputs;
    private readonly OrtValue?[] _outputs; // those that the runner has planned buffers for, then what the kernel sets
    private readonly bool[] _isPlanned;
    private readonly bool[] _isSet;

    internal KernelCall(Node node, OrtValue?[] inputs, OrtValue?[] outputs, CancellationToken cancellation)
    {
        Node = node;
        Cancellation = cancellation;
        _inputs = inputs;
        _outputs = outputs;
        _isPlanned = [.. outputs.Select(o => o is not null)];
        _isSet = new bool[outputs.Length];
    }

    /// <summary>The node, with its attributes.</summary>
    public Node Node { get; }

    /// <summary>The values of the node's inputs, in order; null if one is left out. They must not be changed or disposed.</summary>
    public IReadOnlyList<OrtValue?> Inputs => _inputs;

    /// <summary>Cancels the run.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The elements of an input tensor, in row-major order.</summary>
    /// <typeparam name="T">The element type, for instance <see cref="float"/>.</typeparam>
    /// <param name="index">The input.</param>
    /// <exception cref="ArgumentException">The input is left out, or has another element type.</exception>
    public ReadOnlySpan<T> Input<T>(int index) where T : unmanaged
    {
        OrtValue value = InputAt(index);
        TensorElementType element = ElementOf<T>();
        return value.IsTensor && value.GetTensorTypeAndShape().ElementDataType == element ? value.GetTensorDataAsSpan<T>()
            : throw new ArgumentException($"input {index} is not a tensor of {typeof(T).Name}");
    }

    /// <summary>The sizes of an input tensor, outermost first.</summary>
    /// <param name="index">The input.</param>
    /// <exception cref="ArgumentException">The input is left out, or is not a tensor.</exception>
    public long[] ShapeOf(int index) =>
        InputAt(index) is { IsTensor: true } value ? value.GetTensorTypeAndShape().Shape
        : throw new ArgumentException($"input {index} is not a tensor");

    /// <summary>Makes an output tensor. All of its elements must be written.</summary>
    /// <typeparam name="T">The element type, for instance <see cref="float"/>.</typeparam>
    /// <param name="index">The output of the node.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <exception cref="ArgumentException">The node has no such output, or it was made before.</exception>
    public Span<T> Output<T>(int index, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        long[] dims = shape.ToArray();
        if (CanTake(index) && _isPlanned[index])
        {
            OrtTensorTypeAndShapeInfo planned = _outputs[index]!.GetTensorTypeAndShape();
            if (planned.ElementDataType != ElementOf<T>())
                throw new ArgumentException($"output {index} is a tensor of {planned.ElementDataType} in the model, not of {typeof(T).Name}");
            if (!planned.Shape.AsSpan().SequenceEqual(dims))
                throw new KernelShapeException(index, planned.Shape, dims);
        }
        else _outputs[index] = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, ElementOf<T>(), dims);
        _isSet[index] = true;
        return _outputs[index]!.GetTensorMutableDataAsSpan<T>();
    }

    /// <summary>Gives a value as an output, for instance a tensor of strings or a sequence. The session then owns it.</summary>
    /// <param name="index">The output of the node.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The node has no such output, or it was made before.</exception>
    public void SetOutput(int index, OrtValue value)
    {
        if (CanTake(index) && _isPlanned[index])
        {
            OrtTensorTypeAndShapeInfo planned = _outputs[index]!.GetTensorTypeAndShape(), given = value.GetTensorTypeAndShape();
            if (!planned.Shape.AsSpan().SequenceEqual(given.Shape))
                throw new KernelShapeException(index, planned.Shape, given.Shape);
            value.GetTensorMutableRawData().CopyTo(_outputs[index]!.GetTensorMutableRawData());
            value.Dispose();
        }
        else _outputs[index] = value;
        _isSet[index] = true;
    }

    /// <summary>An output that the kernel has made.</summary>
    internal OrtValue? Made(int index) => _outputs[index];

    /// <summary>The first output that the node has and the kernel has not made; null if there is none.</summary>
    internal int? FirstMissing()
    {
        for (int i = 0; i < _isSet.Length; i++)
            if (!_isSet[i] && Node.Output(i) is not null) return i;
        return null;
    }

    /// <summary>Disposes the outputs that the kernel made, except those that somebody keeps.</summary>
    internal void DisposeOutputs(Func<int, bool> isKept)
    {
        for (int i = 0; i < _outputs.Length; i++)
            if (!_isPlanned[i] && _isSet[i] && !isKept(i)) _outputs[i]?.Dispose();
    }

    private OrtValue InputAt(int index) =>
        (index >= 0 && index < _inputs.Length ? _inputs[index] : null) ?? throw new ArgumentException($"the node has no input {index}");

    private bool CanTake(int index) =>
        index < 0 || index >= _outputs.Length ? throw new ArgumentException($"the node has no output {index}")
        : _isSet[index] ? throw new ArgumentException($"output {index} was made before") : true;

    private static TensorElementType ElementOf<T>() => TensorBase.GetTypeInfo(typeof(T)) is { } info ? info.ElementType
        : throw new ArgumentException($"{typeof(T).Name} is not an element type of a tensor");
}

/// <summary>An output has another shape than the model declares, so it does not fit the buffer that was planned for it.</summary>
/// <param name="output">The output of the node.</param>
/// <param name="declared">The sizes that the model declares.</param>
/// <param name="actual">The sizes that the kernel gives.</param>
internal sealed class KernelShapeException(int output, long[] declared, long[] actual) : Exception
{
    public int Output => output;

    public long[] Declared => declared;

    public long[] Actual => actual;
}
