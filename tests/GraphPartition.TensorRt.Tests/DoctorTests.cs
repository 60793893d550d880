using GraphPartition.Cuda;
using GraphPartition.TensorRt.Diagnosis;
using GraphPartition.TensorRt.Library;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed class DoctorTests
{
    private static string Cuda => Path.Combine(MockCompiler.Cuda(), "libcuda.so.1");

    [MockFact]
    public void A_working_machine()
    {
        Mock mock = Mock.Open("trt10_16");
        DoctorReport report = Doctor.Examine(mock.Where, Cuda, Doctor.TryHere);
        Assert.True(report.CanBuild && report.CanRun);
        Assert.Empty(report.Problems);
        Assert.Equal(new Version(12, 8), report.Cuda?.CudaVersion);
        Assert.Equal([new(9, 0), new(8, 6)], report.Devices.Select(d => d.ComputeCapability));
        TensorRtFinding found = Assert.Single(report.TensorRt);
        Assert.Equal("TensorRT 10.16.0", found.Release.ToString());
        Assert.True(found is { HasParser: true, IsUsable: true, IsNewerThanKnown: false });
        mock.AssertClean();
    }

    [MockFact]
    public void Both_products_are_found()
    {
        Mock enterprise = Mock.Open("trt11_1");
        Mock rtx = Mock.Open("rtx1_6");
        DoctorReport report = Doctor.Examine(new LibrarySearchOptions { Folders = [enterprise.Folder, rtx.Folder], UseSystem = false },
            Cuda);
        Assert.Equal(["TensorRT 11.1.0", "TensorRT-RTX 1.6.0"], report.TensorRt.Select(t => t.Release.ToString()));
        Assert.Equal(2, report.Attempts.Count);
    }

    [Fact]
    public void A_bare_machine()
    {
        DoctorReport report = Doctor.Examine(new LibrarySearchOptions { Folders = ["/nowhere"], UseSystem = false },
            "/nowhere/libcuda.so.1");
        Assert.False(report.CanBuild);
        Assert.Null(report.Cuda);
        Assert.Empty(report.Devices);
        Assert.Equal(["GP4004", "GP4001"], report.Problems.Select(p => p.Code.Id));
        Assert.All(report.Problems, p => Assert.Contains("remedy", p.ToString(), StringComparison.Ordinal));
    }

    [MockFact]
    public void A_driver_that_TensorRT_cannot_use()
    {
        Mock mock = Mock.Open("trt10_16");
        mock.Fail("createInferBuilder");
        Assert.True(Doctor.Examine(mock.Where, Cuda).CanBuild); // without a trial no builder is created
        DoctorReport report = Doctor.Examine(mock.Where, Cuda, Doctor.TryHere);
        Assert.False(report.CanBuild);
        Assert.Equal("GP4006", Assert.Single(report.Problems).Code.Id);
        mock.AssertClean();
    }

    [MockFact]
    public void Without_a_device_some_libraries_build_for_others()
    {
        Mock rtx = Mock.Open("rtx1_6"), enterprise = Mock.Open("trt10_16");
        DoctorReport report = Doctor.Examine(rtx.Where, "/nowhere/libcuda.so.1");
        Assert.True(report is { CanBuild: true, CanRun: false });
        Assert.Contains(new ComputeCapability(8, 9), Assert.Single(report.TensorRt).Capabilities);
        Assert.True(Doctor.Examine(enterprise.Where, "/nowhere/libcuda.so.1") is { CanBuild: false, CanRun: false });
    }

    [Fact]
    public void This_machine_can_be_examined() => Assert.NotEmpty(Doctor.Examine().Platform);

    [Fact]
    public void Compute_capabilities_print_as_NVIDIA_writes_them() => Assert.Equal("9.0", new ComputeCapability(9, 0).ToString());
}
