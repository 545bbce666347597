@echo off
rem sonae-collect.cmd: collects what Windows says of itself into a folder, for
rem import into Sonae. For Windows XP, 7, 8.1 and Server 2003 to 2012 R2, where
rem the agent cannot run; later ones work, too.
rem
rem   sonae-collect.cmd              folder HOST_YYYYMMDD beside this file
rem   sonae-collect.cmd D:\target    folder HOST_YYYYMMDD in D:\target
rem
rem It uses only commands that Windows has: reg, wmic, systeminfo, net, schtasks,
rem netstat, tasklist, ipconfig. It writes into its folder only, changes nothing
rem and deletes nothing. It asks for no password; where automatic log-on is set up,
rem it notes only that one is stored. Tasks and services are written as Windows
rem lists them, with a password that somebody put into a command line: keep the
rem folder as you keep passwords. The import takes such passwords out.
rem Run it as administrator to get everything; what is missing is told on import.

setlocal EnableExtensions DisableDelayedExpansion
set "TARGET=%~1"
if "%TARGET%"=="" set "TARGET=%~dp0."
if not exist "%TARGET%\" (
  echo sonae-collect: the folder "%TARGET%" does not exist.
  exit /b 2
)

rem The day: from wmic, which writes it the same way everywhere; else from the
rem clock in the form of the region, digits only.
set "DAY="
for /f "tokens=2 delims==" %%t in ('wmic os get LocalDateTime /value 2^>nul ^| find "="') do if not defined DAY set "DAY=%%t"
if defined DAY set "DAY=%DAY:~0,8%"
if not defined DAY set "DAY=%DATE:/=%"
set "DAY=%DAY:-=%"
set "DAY=%DAY:.=%"
set "DAY=%DAY: =%"

set "NAME=%COMPUTERNAME%_%DAY%"
set "OUT=%TARGET%\%NAME%"
set "N=1"
:free
if not exist "%OUT%\" goto make
set /a N+=1
set "OUT=%TARGET%\%NAME%-%N%"
if %N% LSS 100 goto free
echo sonae-collect: there are too many folders %NAME% in "%TARGET%".
exit /b 2
:make
mkdir "%OUT%"
if not exist "%OUT%\" exit /b 2
echo sonae-collect: writing to "%OUT%" (takes one to three minutes)

rem The manifest begins: who, when, in which code page.
> "%OUT%\sonae-collect.txt" echo sonae-collect 1
>>"%OUT%\sonae-collect.txt" echo host=%COMPUTERNAME%
>>"%OUT%\sonae-collect.txt" echo user=%USERNAME%
>>"%OUT%\sonae-collect.txt" echo domain=%USERDOMAIN%
>>"%OUT%\sonae-collect.txt" echo arch=%PROCESSOR_ARCHITECTURE%
>>"%OUT%\sonae-collect.txt" echo arch64=%PROCESSOR_ARCHITEW6432%
>>"%OUT%\sonae-collect.txt" echo clock=%DATE% %TIME%
for /f "delims=" %%v in ('ver') do >>"%OUT%\sonae-collect.txt" echo ver=%%v
for /f "delims=" %%c in ('chcp') do >>"%OUT%\sonae-collect.txt" echo codepage=%%c
set "ADMIN=no"
reg query HKU\S-1-5-19 >nul 2>&1 && set "ADMIN=yes"
>>"%OUT%\sonae-collect.txt" echo admin=%ADMIN%

rem What wmic knows. Win32_Product is left alone: asking for it repairs programs.
wmic os get /value > "%OUT%\wmic-os.txt" 2>nul <nul
wmic csproduct get /value > "%OUT%\wmic-csproduct.txt" 2>nul <nul
wmic bios get /value > "%OUT%\wmic-bios.txt" 2>nul <nul
wmic computersystem get /value > "%OUT%\wmic-computersystem.txt" 2>nul <nul
wmic systemenclosure get ChassisTypes /value > "%OUT%\wmic-systemenclosure.txt" 2>nul <nul
wmic cpu get /value > "%OUT%\wmic-cpu.txt" 2>nul <nul
wmic diskdrive get /value > "%OUT%\wmic-diskdrive.txt" 2>nul <nul
wmic logicaldisk get /value > "%OUT%\wmic-logicaldisk.txt" 2>nul <nul
wmic nicconfig get /value > "%OUT%\wmic-nicconfig.txt" 2>nul <nul
wmic service get Name,DisplayName,StartMode,State,PathName,StartName /value > "%OUT%\wmic-service.txt" 2>nul <nul
wmic qfe get /value > "%OUT%\wmic-qfe.txt" 2>nul <nul
wmic useraccount where "LocalAccount='TRUE'" get /value > "%OUT%\wmic-useraccount.txt" 2>nul <nul
wmic path Win32_Group where "LocalAccount='TRUE'" get Name,SID /value > "%OUT%\wmic-group.txt" 2>nul <nul
wmic /namespace:\\root\SecurityCenter path AntiVirusProduct get /value > "%OUT%\wmic-antivirus.txt" 2>nul <nul
wmic /namespace:\\root\SecurityCenter2 path AntiVirusProduct get /value > "%OUT%\wmic-antivirus2.txt" 2>nul <nul

rem Programs: both views of the machine, and of every user whose registry is loaded.
reg export "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall" "%OUT%\reg-uninstall.reg" >nul 2>&1
reg export "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall" "%OUT%\reg-uninstall32.reg" >nul 2>&1
set "U=0"
for /f "tokens=2 delims=\" %%s in ('reg query HKU 2^>nul ^| find "S-1-5-21-"') do call :user "%%s"

rem Single values of the registry, each by a name of ours.
call :value autologon       "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" AutoAdminLogon
call :value autologon-user  "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" DefaultUserName
set "SECRET=absent"
reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v DefaultPassword >nul 2>&1 && set "SECRET=present"
>>"%OUT%\sonae-collect.txt" echo autologon-password=%SECRET%
call :value lock-policy-active  "HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop" ScreenSaveActive
call :value lock-policy-secure  "HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop" ScreenSaverIsSecure
call :value lock-policy-timeout "HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop" ScreenSaveTimeOut
call :value lock-active     "HKCU\Control Panel\Desktop" ScreenSaveActive
call :value lock-secure     "HKCU\Control Panel\Desktop" ScreenSaverIsSecure
call :value lock-timeout    "HKCU\Control Panel\Desktop" ScreenSaveTimeOut
call :value rdp-deny        "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" fDenyTSConnections
call :value rdp-nla         "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" UserAuthentication
call :value rdp-port        "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" PortNumber
call :value smb1            "HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters" SMB1
call :value smb1client      "HKLM\SYSTEM\CurrentControlSet\Services\mrxsmb10" Start
call :value firewall-domain "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile" EnableFirewall
call :value firewall-private "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile" EnableFirewall
call :value firewall-public "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile" EnableFirewall
call :value au-policy       "HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU" AUOptions
call :value au-none         "HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU" NoAutoUpdate
call :value au              "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update" AUOptions

rem Accounts, shares, the network, tasks.
net user     > "%OUT%\net-user.txt" 2>&1
net accounts > "%OUT%\net-accounts.txt" 2>&1
net share    > "%OUT%\net-share.txt" 2>&1
net start    > "%OUT%\net-start.txt" 2>&1
type nul     > "%OUT%\net-localgroup.txt"
for /f "tokens=1 delims=*" %%g in ('net localgroup 2^>nul ^| find "*"') do call :group "%%g"
netstat -ano  > "%OUT%\netstat.txt" 2>&1
tasklist /fo csv /nh > "%OUT%\tasklist.csv" 2>nul
ipconfig /all > "%OUT%\ipconfig.txt" 2>&1
schtasks /query /fo csv /v > "%OUT%\schtasks.csv" 2>nul
systeminfo    > "%OUT%\systeminfo.txt" 2>nul

rem The manifest ends with names and sizes; the mark that all is there comes last.
for %%f in ("%OUT%\*.*") do if /i not "%%~nxf"=="sonae-collect.txt" >>"%OUT%\sonae-collect.txt" echo file=%%~nxf %%~zf
> "%OUT%\done.txt" echo done
echo sonae-collect: done. Pack the folder into a ZIP file and import it, or copy it to the server.
exit /b 0

:value
>>"%OUT%\reg-values.txt" echo == %1
reg query %2 /v %3 >>"%OUT%\reg-values.txt" 2>nul
exit /b 0

:user
set "SID=%~1"
echo %SID%| find "_Classes" >nul && exit /b 0
set /a U+=1
reg export "HKU\%SID%\Software\Microsoft\Windows\CurrentVersion\Uninstall" "%OUT%\reg-user-%U%.reg" >nul 2>&1
if not exist "%OUT%\reg-user-%U%.reg" set /a U-=1
exit /b 0

:group
>>"%OUT%\net-localgroup.txt" echo == %~1
net localgroup "%~1" >>"%OUT%\net-localgroup.txt" 2>nul
exit /b 0
